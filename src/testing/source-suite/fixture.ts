import type { Delivery } from '../../message/message.ts'
import type { Source } from '../../system/roles.ts'

/** What the suites put into a source system, and send to a sink. */
export interface SuiteRecord {
  /** Counts from 1. */
  readonly n: number
  /** Any characters; for a source, `n` is among them. */
  readonly text: string
}

/** One source system, fresh and empty when made. */
export interface SourceFixture {
  /**
   * Puts records into the system, in this order and as one moment of it: one file, one transaction, one time stamp.
   * For a source that is called, this is the caller: it sends until every record is acknowledged, also over refusals
   * and restarts, and then resolves.
   */
  put(records: readonly SuiteRecord[]): Promise<void>
  /** A connection of its own to the system, as a restarted process would make it. */
  open(): Promise<OpenedSource>
  /** The record that a delivery without a defect carries. */
  recordOf(delivery: Delivery): SuiteRecord
  /**
   * Begins to put records, whose time or number is that of this moment, in a transaction; the function that this gives
   * commits it. For sources that go by a cursor: others may have been put and taken in between.
   */
  begin?(records: readonly SuiteRecord[]): Promise<() => Promise<void>>
  /** Cuts the connections of the source to its system, which takes new ones at once. */
  disconnect?(): Promise<void>
  /** Lets the system deliver again what it has delivered before, as after a restart or a lost acknowledgement. */
  repeat?(): Promise<void>
  /** While no source runs: makes the place that was kept useless, such as a slot that is dropped or a log that is purged. */
  losePlace?(): Promise<void>
  /** The next answer of the system says nothing at all, as that of a gateway may that waited for too long. */
  emptyAnswer?(): Promise<void>
  /** Puts something in the place of a record that nobody can read. */
  putUnreadable?(): Promise<void>
  /** Puts something in the place of a record that is longer than the source takes. */
  putTooLong?(): Promise<void>
  /** The numbers of the records that the system, by now, believes to be taken. */
  acknowledged?(): Promise<readonly number[]>
  /** Removes everything. All that was opened is closed or killed by then. */
  destroy(): Promise<void>
}

/** A connection of its own. */
export interface OpenedSource {
  /** The source of the channel that is tried; called once. */
  source(): Source
  /** An orderly end, after `run` has ended. */
  close(): Promise<void>
  /** An end as by the death of the process: nothing is finished, and nothing is acknowledged any more. */
  kill(): Promise<void>
}

/** What is demanded of it. */
export interface SourceCapabilities {
  /** Records arrive in the order in which they were put. */
  readonly ordered: boolean
  /** Every delivery has an id, always the same for one record. */
  readonly identified: boolean
  /** The source stores positions: after a stop it delivers nothing again that it has delivered. */
  readonly resumable: boolean
  /** It has `peek`: what is there can be looked at, and stays as it is. */
  readonly peeks?: true
  /** Most records that the source may have handed over without an answer, whatever waits in the system. */
  readonly readAhead: number
  /** Characters of the longest text that is tried. Default 1,000,000. */
  readonly longest?: number
  /** What becomes of the unreadable: it is delivered as a defect, or its sender is told. */
  readonly unreadable?: 'defect' | 'refused'
  /** What becomes of the too long: it is a defect, its sender is told, or the source fails for as long as it is there. */
  readonly tooLong?: 'defect' | 'refused' | 'failure'
}

export interface SourceSubject {
  readonly make: () => Promise<SourceFixture>
  readonly capabilities: SourceCapabilities
}

/** Records `first` to `last`. */
export function records(first: number, last: number, text = 'text, "quoted"; 中文'): SuiteRecord[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    n: first + index,
    text: `${first + index} ${text}`,
  }))
}
