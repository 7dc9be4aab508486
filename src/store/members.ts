import type { Json } from '../message/json-value.ts'

/*
 * Who works on a store beside others, and on what. Whatever must be done by one at a time has a lease: a partition of
 * the keys, a source that must not be read twice, the coordination of sagas and transactions. A lease has a fencing
 * token, which the store checks within the transaction of each write: who has lost a lease without noticing writes
 * nothing any more. The clock of leases is the store's own; wall clocks of members decide nothing.
 */

/** Milliseconds from a member's last sign of life until what it held is free. */
export const leaseTime = 10_000

/** Of all flows: the share `partition` of the keys. */
export function partitionLease(partition: number): string {
  return `partition/${partition}`
}

/** A source that one member at a time reads. `source`: see `channelId`. */
export function sourceLease(source: string): string {
  return `source/${source}`
}

/** Sagas, transactions, aggregates, pipelines, and what is looked after once for all: retention, alerts. */
export const coordinationLease = 'coordination'

export type LeaseKind = 'partition' | 'source' | 'coordination'

export function leaseKind(name: string): LeaseKind {
  if (name === coordinationLease) return 'coordination'
  return name.startsWith(sourceLease('')) ? 'source' : 'partition'
}

export type Role = 'intake' | 'worker' | 'scheduler'

export interface NewMember {
  /** Unique for ever: a process that starts again is another member. */
  readonly id: string
  /** For people: where it runs. */
  readonly name: string
  readonly roles: readonly Role[]
  /** Of Isthmus. */
  readonly version: string
  /** Where its control API is reached, if it has one. */
  readonly control?: string | undefined
}

/** How a member is. */
export interface Vitals {
  /** It gives back what it holds, and takes nothing more. */
  readonly leaving: boolean
  /** For people: messages in memory, lag of the event loop and the like. */
  readonly load: Json
}

export interface Lease {
  readonly name: string
  /** Greater than every token that this store has given before, to whomever and for whatever. */
  readonly token: number
  /** False when the one before did not give it back: what was running under it may have met a crash. */
  readonly clean: boolean
}

/** Everybody who works on the store, and who holds what, as of one moment. */
export interface Standing {
  readonly members: readonly MemberState[]
  /** Every lease that was ever taken since the store was claimed last. */
  readonly leases: readonly LeaseState[]
  /** As `beat` tells it: the store's clock, milliseconds since 1970 UTC; absent where that is this machine's. */
  readonly now?: number
}

/** How a store stands on which nobody has joined. */
export const nobody: Standing = { members: [], leases: [] }

export interface MemberState extends NewMember, Vitals {
  /** Milliseconds since 1970 UTC, by the store's clock. */
  readonly joined: number
  /** Milliseconds since its last sign of life; longer than `leaseTime` if it is thought dead. */
  readonly silent: number
}

export interface LeaseState {
  readonly name: string
  /** Id of the member; undefined if it is free: given back, or held by one who is thought dead. */
  readonly holder: string | undefined
  readonly token: number
}

/** What may have happened meanwhile; a hint, that may be missed and may be wrong. */
export type Wake = 'leases' | 'messages'

/** Answers what is asked of a lease that a member holds. */
export type RequestHandler = (lease: string, request: Json) => Promise<Json>

/** One member's part in the store. */
export interface Membership {
  readonly member: NewMember
  /** In how many shares the keys are divided; fixed when the store was made. */
  readonly partitions: number
  /** Milliseconds from its last sign of life until what it holds is free. */
  readonly lease: number
  /** For appends that belong to no lease; good until the member leaves, is forgotten, or the store is claimed. */
  readonly token: number
  /**
   * The member lives. Lengthens all its leases, also those that expired and that nobody has taken since, and tells how
   * everybody stands afterwards. Rejects with STORE-FENCED if it is no member any more.
   */
  beat(vitals: Vitals): Promise<Standing>
  /**
   * Takes those of these leases that are free: waits for a write under way of one who held them before, of whom nothing
   * more is kept afterwards. Those that the member holds already are answered again as they were, so that what is repeated is done once.
   */
  take(names: readonly string[]): Promise<Lease[]>
  /** Gives back leases, all of whose writes are over. What is not held any more is passed over. */
  give(leases: readonly Pick<Lease, 'name' | 'token'>[]): Promise<void>
  /** Calls back whenever there may be something: soon after another member's `give`, `beat` for the first time, or accept. */
  onWake(listener: (wake: Wake) => void): void
  /**
   * Asks whoever holds a lease, then or while this waits, for something, and gives its answer. May be done twice, if the holder changes meanwhile.
   * Rejects as the holder's handler did, with MEMBER-SILENT if nobody answers for `leaseTime` and the signal has not aborted before.
   */
  ask(lease: string, request: Json, signal?: AbortSignal): Promise<Json>
  /** Answers what others ask of the leases that this member holds. */
  onRequest(handler: RequestHandler): void
  /** Gives back everything and is forgotten. Does not close the store. */
  leave(): Promise<void>
}
