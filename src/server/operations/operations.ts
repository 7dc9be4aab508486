import type { ReplayOrder, ReplayPreview, ReplayQuestion, ReplayReport } from './replay-schemas.ts'
import type { SagaDecision, SagaDetail, SagaPage, SagaQuery, SagaStart, SagaStarted } from './saga-schemas.ts'
import type {
  Balance,
  BulkDecision,
  DecisionReport,
  MessageRef,
  ParkedPage,
  ParkedQuery,
  Rebuilt,
  SingleDecision,
  SourceDecision,
  Status,
  TracedMessage,
} from './schemas.ts'
import type { InDoubtDecision, InDoubtList } from './transaction-schemas.ts'

/** What an operator can ask and order, in the running instance, through its control API, or on a stopped store. */
export interface Operations {
  status(): Promise<Status>
  balance(flow?: string): Promise<Balance>
  /** The messages of a business key in order of acceptance, the one with an id in each of its flows, or one by its number. */
  messages(which: MessageSearch): Promise<TracedMessage[]>
  /** Messages that wait for a decision. */
  parked(query: ParkedQuery): Promise<ParkedPage>
  decisions: Decisions
  sagas: SagaOperations
  transactions: TransactionOperations
  replays: Replays
  /**
   * Forgets the place of a source, which begins anew: what it delivers again is a duplicate as far as identities are
   * known (seven days). Throws CONTROL-REFUSED for an unknown source.
   */
  resync(source: string, order: SourceDecision): Promise<void>
  /**
   * Lets a source that has failed try again at once, and not when its pause is over. Throws CONTROL-REFUSED for an unknown
   * source, and for one that makes no such pause.
   */
  retry(source: string, order: SourceDecision): Promise<void>
  /** Makes the rows of a projection anew from the events. Throws CONTROL-REFUSED for an unknown one. */
  rebuild(projection: string, order: SourceDecision): Promise<Rebuilt>
}

export interface Decisions {
  /** Throws CONTROL-REFUSED when the message is not there, is not set aside, or the decision makes no sense for it. */
  one(message: MessageRef, order: SingleDecision): Promise<void>
  many(order: BulkDecision): Promise<DecisionReport>
}

/** What an operator can ask and order of sagas. */
export interface SagaOperations {
  list(query: SagaQuery): Promise<SagaPage>
  /** Undefined if there is none. */
  show(saga: string, key: string, showPii?: boolean): Promise<SagaDetail | undefined>
  /** Throws CONTROL-REFUSED where the landscape has no such saga, the data do not fit, or there is another one of its key. */
  start(saga: string, order: SagaStart): Promise<SagaStarted>
  /** Throws CONTROL-REFUSED when there is no such saga under way, or the decision makes no sense for it. */
  decide(saga: string, key: string, order: SagaDecision): Promise<void>
}

/** What an operator can ask and order of transactions that are not over. */
export interface TransactionOperations {
  /** With a gid that one only, also if it has just begun. Databases are asked while the instance runs. */
  inDoubt(gid?: string): Promise<InDoubtList>
  /**
   * Ends what no log explains, or notes that somebody has dealt with a mixed outcome. Gives how many branches were ended.
   * Throws CONTROL-REFUSED where nothing waits for a person.
   */
  resolve(gid: string, order: InDoubtDecision): Promise<number>
}

export interface Replays {
  /** What a replay of these messages would do; nothing is done. */
  preview(question: ReplayQuestion): Promise<ReplayPreview>
  /**
   * Lets messages that have ended run again, each as a new one. Throws CONTROL-REFUSED when a named one is not there, or has
   * been retired, and when new effects are not allowed or lack a reason.
   */
  run(order: ReplayOrder): Promise<ReplayReport>
}

export type MessageSearch = ({ readonly key: string } | { readonly id: string } | MessageRef) & {
  readonly showPii?: boolean | undefined
  readonly limit?: number | undefined
}

/** `flow/seq`, as people write it. */
export function messageName({ flow, seq }: MessageRef): string {
  return `${flow}/${seq}`
}

/** Undefined for a text that is not `flow/seq`. */
export function parseMessageName(text: string): MessageRef | undefined {
  const [, flow, seq] = /^([a-z][a-z0-9-]*)\/(\d{1,15})$/.exec(text) ?? []
  return flow === undefined ? undefined : { flow, seq: Number(seq) }
}
