import type { EffectKind } from '../../system/effect.ts'
import type { Outgoing, Requester } from '../../system/roles.ts'

/** What the suite asks: the text that the target has under a number. */
export interface SuiteRequest {
  /** Counts from 1. */
  readonly n: number
}

/** One target, made anew for each scenario. It knows the numbers that it was told, and no others. */
export interface RequesterFixture {
  /** Lets the target answer `n` with `text`, which may hold any characters. */
  know(n: number, text: string): Promise<void>
  /** A connection of its own to the target, as a restarted process would make it. */
  open(): Promise<OpenedRequester>
  /** The text in an answer's result. */
  textOf(result: unknown): string
  /** Lets the target answer `n` with what does not fit the channel's answer model. */
  garble?(n: number): Promise<void>
  /** The numbers for which something happened at the target, in any order, for an effect that is not `read`. */
  effects?(): Promise<readonly number[]>
  /** From now on nothing reaches the target, until `up`. */
  down?(): Promise<void>
  /** Ends `down`. */
  up?(): Promise<void>
  /** From now on the target takes calls and does not answer, until `resume`: then it may answer what has come. */
  stall?(): Promise<void>
  /** Ends `stall`. */
  resume?(): Promise<void>
  /** The next call is carried out by the target, and its answer is lost on the way. */
  loseAnswer?(): Promise<void>
  /** The next call is carried out by the target, and the connection is cut in the midst of its answer. */
  cutAnswer?(): Promise<void>
  /** The next call is answered well but with nothing in it, as a gateway may do that waited for too long. */
  emptyAnswer?(): Promise<void>
  /** Removes everything. All that was opened is closed by then. */
  destroy(): Promise<void>
}

/** A connection of its own. */
export interface OpenedRequester {
  /** The requester of the channel that is tried; called once. */
  requester(): Requester
  /** Ends it, after the calls under way. */
  close(): Promise<void>
}

/** What is demanded of it. */
export interface RequesterCapabilities {
  /** As the channel declares it. */
  readonly effect: EffectKind
  /** What a number that the target does not know is answered with. */
  readonly unknown: 'refused' | 'not tested'
  /** Characters of the longest text that is tried. Default 200,000. */
  readonly longest?: number
  /** Bytes of an answer beyond which the requester refuses it, whatever it says. */
  readonly limit?: number
}

export interface RequesterSubject {
  readonly make: () => Promise<RequesterFixture>
  readonly capabilities: RequesterCapabilities
}

/** Requests for the numbers `first` to `last`, each with an effect key of its own. */
export function requests(first: number, last: number): Outgoing<SuiteRequest>[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const n = first + index
    return { data: { n }, effectKey: `effect-${n}`, key: `key-${n}`, messageId: `message-${n}`, attempt: 1 }
  })
}
