import type { Json } from '../message/json-value.ts'

/**
 * What carries accepted messages from those who accept them to those who work them off: a durable log with as many
 * partitions as the keys of the store have, of which each is read by who holds its lease.
 */
export interface Transport {
  /**
   * To be called before anything else: looks whether messages of so many partitions can be carried, and makes what is
   * missing where that is allowed. Gives what may go wrong later. Throws CONFIG-INVALID for what does already.
   */
  check(partitions: number): Promise<readonly string[]>
  /**
   * Resolves when all of them are durable. Those of one partition stand in it in the order of the call. Rejects with
   * MSG-LIMIT if one is larger than can ever be carried; after any other error each of them may have been written.
   */
  produce(records: readonly CarriedRecord[]): Promise<void>
  /**
   * Hands over what stands in a partition, in order, until the signal aborts, and waits for `deliver` each time. `from` is
   * the last `next` that was kept; undefined where there never was one, and null where it was forgotten on purpose: then
   * from the begin of what there is. Rejects with SOURCE-GAP where what comes next is not there any more.
   */
  follow(
    partition: number,
    from: Json | undefined,
    deliver: (batch: CarriedBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>
  /** Ends what is open; what is being produced is given up. */
  close(): Promise<void>
}

export interface CarriedRecord {
  readonly partition: number
  /** Everything of the message but its body. */
  readonly head: string
  readonly body: Uint8Array
}

export interface CarriedBatch {
  readonly records: readonly FollowedRecord[]
  /** The place behind these records. */
  readonly next: Json
}

export interface FollowedRecord {
  /** Undefined where somebody else wrote it. */
  readonly head: string | undefined
  readonly body: Uint8Array
  /** For people. */
  readonly place: string
}

/** The name under which the place in a partition is stored, and by which people call it: that of a source. */
export function transportSource(partition: number): string {
  return `transport/${partition}`
}

/** The partition, if a source is one of the transport. */
export function transportPartition(source: string): number | undefined {
  const [, digits] = /^transport\/(\d+)$/.exec(source) ?? []
  return digits === undefined ? undefined : Number(digits)
}
