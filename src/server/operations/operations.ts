import type {
  Acknowledgement,
  AlertDetail,
  AlertList,
  AlertSilence,
  ChannelTested,
  NewSilence,
  SilenceEnd,
  SilenceView,
} from './alert-schemas.ts'
import type {
  Batch,
  BatchDecision,
  BatchOrder,
  ItemPage,
  ItemsQuery,
  Selection,
  SelectionOrder,
} from './batches/batch-schemas.ts'
import type { EditQuestion, TriedEdit } from './edits/edit-schemas.ts'
import type { FailureQuery, FailureReport, GroupNote, NotedGroup } from './failures/failure-schemas.ts'
import type { WhyAnswer, WhyQuery } from './messages/schemas.ts'
import type {
  BackfillOrder,
  Ordered,
  PipelineList,
  RowDecision,
  RowPage,
  RowsDecided,
  RowsQuery,
  RunDecision,
  RunDetail,
  RunOrder,
  RunPage,
  RunsQuery,
} from './pipelines/pipeline-schemas.ts'
import type { QualityRecord, RecordQuery } from './pipelines/quality-schemas.ts'
import type { WarehouseAnswer, WarehouseOrder } from './pipelines/warehouse-schemas.ts'
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
import type { Workers } from './worker-schemas.ts'

/** What an operator can ask and order, in the running instance, through its control API, or on a stopped store. */
export interface Operations {
  status(): Promise<Status>
  /** The processes that work on the store, and on what. */
  workers(): Promise<Workers>
  balance(flow?: string): Promise<Balance>
  /** The messages of a business key in order of acceptance, the one with an id in each of its flows, or one by its number. */
  messages(which: MessageSearch): Promise<TracedMessage[]>
  /**
   * What a value of a message was made of, back to what systems delivered; or, with a table, that of a row of a warehouse.
   * Undefined if no message of the key has the field, or no row has the key. `seen` says what may be shown; all if absent.
   */
  why(query: WhyQuery, seen?: Seen): Promise<WhyAnswer | undefined>
  /** Messages that wait for a decision. */
  parked(query: ParkedQuery): Promise<ParkedPage>
  decisions: Decisions
  sagas: SagaOperations
  transactions: TransactionOperations
  pipelines: PipelineOperations
  replays: Replays
  failures: FailureOperations
  batches: BatchOperations
  edits: EditOperations
  alerts: AlertOperations
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

/** What of messages and pipelines who asks may see the data of. */
export interface Seen {
  readonly messages: Operations['messages']
  pipeline(name: string): boolean
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

/** What an operator can ask and order of pipelines. Orders throw CONTROL-REFUSED where they cannot be carried out. */
export interface PipelineOperations {
  list(): Promise<PipelineList>
  /** The newest first. */
  runs(pipeline: string, query: RunsQuery): Promise<RunPage>
  /** Undefined if it was never begun. */
  run(pipeline: string, key: string): Promise<RunDetail | undefined>
  order(pipeline: string, order: RunOrder): Promise<Ordered>
  backfill(pipeline: string, order: BackfillOrder): Promise<Ordered>
  decide(pipeline: string, key: string, order: RunDecision): Promise<Ordered>
  /** Rows that were set aside; asked of the warehouse while the instance runs. */
  rows(pipeline: string, query: RowsQuery): Promise<RowPage>
  /** What the last runs found of each table. */
  record(pipeline: string, query: RecordQuery): Promise<QualityRecord>
  decideRows(pipeline: string, order: RowDecision): Promise<RowsDecided>
  /** Rows of a warehouse, while the instance runs. */
  query(order: WarehouseOrder): Promise<WarehouseAnswer>
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

export interface AlertOperations {
  list(): Promise<AlertList>
  /** Undefined if there never was one. */
  show(id: string): Promise<AlertDetail | undefined>
  /** Orders throw CONTROL-REFUSED where there is no such thing, or the instance does not run. */
  silence(id: string, order: AlertSilence): Promise<SilenceView>
  acknowledge(id: string, order: Acknowledgement): Promise<void>
  silences(): Promise<SilenceView[]>
  addSilence(order: NewSilence): Promise<SilenceView>
  endSilence(id: string, order: SilenceEnd): Promise<void>
  /** Sends a test message. */
  test(channel: string): Promise<ChannelTested>
}

/** Failures by their causes. */
export interface FailureOperations {
  /** `mayFlow`: of which flows who asks may see something. */
  report(query: FailureQuery, mayFlow?: (flow: string) => boolean): Promise<FailureReport>
  /** Says who has a group of failures, and what is known. */
  note(group: string, note: GroupNote, by: string): Promise<NotedGroup>
}

/** Selections that are frozen, and what is done with them stage by stage. */
export interface BatchOperations {
  /** `mayFlow`: of which flows who asks may decide about messages. */
  select(order: SelectionOrder, by: string, mayFlow?: (flow: string) => boolean): Promise<Selection>
  selection(id: string): Promise<Selection>
  /** The messages of a selection as they stand now, with what its batch came to. */
  items(id: string, query: ItemsQuery): Promise<ItemPage>
  /** A selection is used once: a second order like the first is answered by the batch that there is. */
  start(order: BatchOrder, by: string): Promise<Batch>
  show(id: string): Promise<Batch>
  /** Those under way, then those that have ended, the newest first. */
  list(): Promise<Batch[]>
  decide(id: string, decision: BatchDecision, by: string): Promise<Batch>
}

export interface EditOperations {
  /** Throws CONTROL-REFUSED where the message is not set aside. */
  try(message: MessageRef, question: EditQuestion): Promise<TriedEdit>
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
