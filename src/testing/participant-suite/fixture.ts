import type { BranchWork, Participant, Sink, Vote } from '../../system/roles.ts'
import type { SuiteRecord } from '../sink-suite/fixture.ts'

/** One database, fresh and empty when made. */
export interface ParticipantFixture {
  /** A connection of its own to the database, as a restarted process would make it. */
  open(): Promise<OpenedParticipant>
  /** The records that everybody sees, in any order. A record with an `n` that is there already is refused. */
  effects(): Promise<readonly SuiteRecord[]>
  /** A text that the database refuses for good. */
  readonly refused: string
  /** A process of its own with a connection. */
  startProcess(): Promise<ParticipantProcess>
  /** Ends a promise beside us, as an administrator would; absent where there are no means to. */
  endByHand(id: string, how: 'commit' | 'roll back'): Promise<void>
  /** Whether `commit` can be done by hand. */
  readonly commitsByHand: boolean
  /** A promise to another application. */
  prepareForeign?(): Promise<ForeignBranch>
  /** A connection whose way to the database can be broken. */
  openBreakable?(): Promise<BreakableParticipant>
  /** Kills the database as a power failure would, and starts it again. */
  crash?(): Promise<void>
  /** Removes everything. All that was opened is closed by then. */
  destroy(): Promise<void>
}

export interface OpenedParticipant {
  /** Called once. */
  participant(): Participant
  /** The work that puts a record. */
  put(record: SuiteRecord): BranchWork
  /** Work that changes nothing. */
  idle(): BranchWork
  /** The sink of the channel that puts records. */
  sink(): Sink
  /** Ends it, after the calls under way. */
  close(): Promise<void>
}

export interface BreakableParticipant extends OpenedParticipant {
  /** From now on nothing passes in either direction, and both sides keep their connections. */
  silence(): void
  /**
   * The next promise is asked for, and the connection lost to us while the request is on its way: it reaches the database
   * when the given function is called, which resolves when the database has dealt with it.
   */
  delayPromise(): () => Promise<void>
  /** The next promise is given, and the answer is lost. */
  loseAnswer(): void
}

export interface ParticipantProcess {
  /** What is prepared in it: a branch that puts the records. */
  prepare(branch: ProcessBranch): Promise<Vote>
  /** The same; resolves when the process has begun. */
  begin(branch: ProcessBranch): Promise<void>
  /** As `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>
}

export interface ProcessBranch {
  readonly id: string
  readonly effectKey: string
  readonly records: readonly SuiteRecord[]
}

export interface ForeignBranch {
  isThere(): Promise<boolean>
  /** Takes it away. */
  end(): Promise<void>
}

export interface ParticipantSubject {
  readonly make: () => Promise<ParticipantFixture>
  /** One whose database can be crashed; absent where there is none. */
  readonly makeCrashable?: (() => Promise<ParticipantFixture>) | undefined
}
