export {
  type AcknowledgeEdifactOptions,
  acknowledgeEdifact,
  type ControlMessage,
  readAcknowledgementEdifact,
} from './acknowledge-edifact.ts'
export {
  type AcknowledgeX12Options,
  acknowledgeX12,
  type FunctionalAcknowledgement,
  readAcknowledgementX12,
} from './acknowledge-x12.ts'
export {
  an,
  code,
  composite,
  date,
  decimal,
  dtm,
  implied,
  time,
  together,
  type ValueField,
} from './declare.ts'
export { type EdifactWriteOptions, edifact } from './edifact.ts'
export type { EdifactGroup, EdifactInterchange, EdifactMessageHead } from './edifact-syntax.ts'
export type { DataOfFields, Field, Position } from './field.ts'
export {
  type EdifactInterchangeRecord,
  type EdifactMessage,
  edifactInterchange,
  edifactMessage,
  messageId,
  messagesOf,
  type TradacomsMessage,
  tradacomsMessage,
  type X12InterchangeRecord,
  type X12Message,
  x12Interchange,
  x12Message,
} from './interchange.ts'
export {
  type DataOfLayout,
  group,
  type Layout,
  layout,
  many,
  optional,
  type Part,
  segment,
} from './layout.ts'
export { type Place, type Problem, type ProblemKind, problemText } from './problem.ts'
export type { Element, Repeated, Segment, Value } from './segment.ts'
export { type TradacomsWriteOptions, tradacoms } from './tradacoms.ts'
export type { TradacomsBatch, TradacomsInterchange, TradacomsMessageHead } from './tradacoms-syntax.ts'
export type { Length } from './values.ts'
export { type X12WriteOptions, x12 } from './x12.ts'
export type { X12Group, X12Interchange, X12Separators, X12Transaction } from './x12-syntax.ts'
