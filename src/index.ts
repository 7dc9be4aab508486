export { Type } from 'typebox'
export { type ErrorCode, errorCodes, type Fate, IsthmusError } from './errors.ts'
export type { AfterPark, Flow } from './flow/flow.ts'
export { type FlowBuilder, flow } from './flow/flow-builder.ts'
export { type Landscape, landscape } from './flow/landscape.ts'
export type { Json } from './message/json-value.ts'
export type { Delivered, Delivery, Position } from './message/message.ts'
export { add, type Decimal, multiply, round } from './model/decimal.ts'
export { type Fields, type Mapping, mapping } from './model/mapping.ts'
export { type DataOf, type Model, model } from './model/model.ts'
export type { Problem, Validated } from './model/schema-validator.ts'
export { channelId, type RequesterChannel, type SinkChannel, type SourceChannel } from './system/channel.ts'
export type { ConnectContext, Connection, Connector } from './system/connector.ts'
export { compensable, type Effect, idempotent, irreversible, probed, read } from './system/effect.ts'
export type { Policy, Retry } from './system/policy.ts'
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
export { env, type Reference, type Setting, secret, secretFile } from './system/setting.ts'
export { type System, type SystemKind, system } from './system/system.ts'
