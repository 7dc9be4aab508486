export { Type } from 'typebox'
export { type ErrorCode, errorCodes, type Fate, IsthmusError } from './errors.ts'
export {
  type Aggregate,
  type AggregateCommand,
  type AggregateOptions,
  type AggregateState,
  aggregate,
  type CommandOptions,
  type EventModels,
  type EventOf,
  type RecordedEvent,
  refusal,
} from './flow/aggregate/aggregate.ts'
export { type Projection, type ProjectionOptions, projection } from './flow/aggregate/projection.ts'
export {
  type AlertOptions,
  type AlertRule,
  type AlertText,
  alert,
  type NoAlert,
  noAlert,
  type Severity,
} from './flow/alert.ts'
export {
  type AlertChannel,
  type AlertChannelOptions,
  alertChannel,
  type DingtalkChannel,
  type EmailChannel,
  type FeishuChannel,
  type WebhookChannel,
  type WecomChannel,
} from './flow/alert-channel.ts'
export type { AfterPark, Flow } from './flow/flow.ts'
export {
  type EffectOptions,
  type Exhaustive,
  type FlowBuilder,
  flow,
  type Routes,
} from './flow/flow-builder.ts'
export { type Landscape, landscape } from './flow/landscape.ts'
export type { CheckSeverity, TableCheck } from './flow/pipeline/check-table.ts'
export { type Extraction, extract, type QueryReading, type Reading } from './flow/pipeline/extraction.ts'
export type { Load } from './flow/pipeline/load.ts'
export { type Pipeline, type PipelineOptions, pipeline } from './flow/pipeline/pipeline.ts'
export { period, type SqlModel, sqlModel } from './flow/pipeline/sql-model.ts'
export { type Table, type TableOptions, table } from './flow/pipeline/table.ts'
export {
  fresh,
  noRows,
  present,
  range,
  reconciled,
  references,
  rowCount,
  unique,
} from './flow/pipeline/table-checks.ts'
export type { Saga } from './flow/saga/saga.ts'
export {
  type Decided,
  type SagaBuilder,
  type SagaOptions,
  type SagaStepOptions,
  saga,
  type WaitOptions,
} from './flow/saga/saga-builder.ts'
export { type SagaEvent, sagaEvent } from './flow/saga/saga-event.ts'
export { type Sentinel, type SentinelOptions, sentinel } from './flow/sentinel.ts'
export type { Conversion } from './flow/steps/to.ts'
export { type Transaction, type TransactionOptions, transaction } from './flow/transaction.ts'
export type { Json } from './message/json-value.ts'
export type { Delivered, Delivery, Position } from './message/message.ts'
export type { Cleaned, CleanRules } from './model/clean/clean-row.ts'
export type { Rule, RuleSeverity } from './model/clean/rule.ts'
export { add, type Decimal, multiply, round } from './model/decimal.ts'
export type { FieldLineage, Lineage } from './model/lineage.ts'
export { type Fields, type Mapping, mapping } from './model/mapping.ts'
export { type DataOf, type Model, model } from './model/model.ts'
export type { JsonSchema, Problem, Validated } from './model/schema-validator.ts'
export { type Calendar, calendar, isWorkday, type Weekday } from './system/calendar.ts'
export {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
  type VotingChannel,
} from './system/channel.ts'
export type { ConnectContext, Connection, Connector } from './system/connector.ts'
export {
  compensable,
  type Effect,
  type EffectKind,
  idempotent,
  irreversible,
  probed,
  type RepeatableEffect,
  read,
} from './system/effect.ts'
export type { Guard, Policy, Retry, Unanswered } from './system/policy.ts'
export type {
  AcceptOptions,
  Answer,
  Intake,
  Outgoing,
  Probed,
  Receipt,
  Requester,
  Sink,
  Source,
} from './system/roles.ts'
export type { InboundRequest, OutboundResponse, Route, RouteTable } from './system/route.ts'
export { type ScheduleOptions, schedule, type Tick } from './system/schedule.ts'
export { env, type Reference, type Setting, secret, secretFile } from './system/setting.ts'
export { type System, type SystemKind, system } from './system/system.ts'
export { type CarriedTopic, type Topic, topic } from './system/topic.ts'
