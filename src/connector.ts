// What a connector is made of, for who writes one outside of this package. See docs/write-a-connector.md.
export { type ErrorCode, errorCodes, type Fate, IsthmusError, reasonOf } from './errors.ts'
export type { Codec } from './message/codec/codec.ts'
export type { Encoding } from './message/codec/encoding.ts'
export { type JsonOptions, json } from './message/codec/json.ts'
export { type XmlOptions, xml } from './message/codec/xml.ts'
export type { Namespaces } from './message/codec/xml-names.ts'
export type { Json } from './message/json-value.ts'
export type { Delivered, Delivery, Position } from './message/message.ts'
export { checkOptionNames, type OptionNames } from './message/option-names.ts'
export { type DataOf, type Model, modelId } from './model/model.ts'
export type { JsonSchema, Problem, Validated } from './model/schema-validator.ts'
export {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
  type VotingChannel,
} from './system/channel.ts'
export type { ChannelAddress, ConnectContext, Connection, Connector } from './system/connector.ts'
export { parseDuration } from './system/duration.ts'
export {
  compensable,
  type Effect,
  type EffectKind,
  idempotent,
  irreversible,
  isRepeatable,
  probed,
  read,
} from './system/effect.ts'
export { acceptPatiently, pause } from './system/patience.ts'
export type {
  AcceptOptions,
  Answer,
  Branch,
  BranchWork,
  Intake,
  Outgoing,
  Participant,
  PreparedBranch,
  Probed,
  Receipt,
  Requester,
  Sink,
  Source,
  Vote,
} from './system/roles.ts'
export type { InboundRequest, OutboundResponse, Route, RouteTable } from './system/route.ts'
export { describeSetting, type Reference, type Setting } from './system/setting.ts'
export { checkName } from './system/system.ts'
