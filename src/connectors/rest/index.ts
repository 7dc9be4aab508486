export type { Codec } from '../../message/codec/codec.ts'
export { form } from '../../message/codec/form.ts'
export { type JsonOptions, json } from '../../message/codec/json.ts'
export { type XmlOptions, xml } from '../../message/codec/xml.ts'
export * from '../http/exported.ts'
export { defaultOutcomes, type Outcomes } from '../http/outcome.ts'
export { type Delimited, delimited, type Query, type Scalar } from '../http/path.ts'
export type { RestChannels } from './channels.ts'
export type {
  BusinessFailure,
  CallOptions,
  Failing,
  ListOptions,
  OperationOptions,
  OperationProbe,
  Probe,
  RestOptions,
  Since,
  WebhookOptions,
} from './config.ts'
export { rest } from './connector.ts'
export { type FilePart, file, type Multipart, multipart } from './multipart.ts'
export type { LinkedPages, NumberedPages, OffsetPages, Pages } from './pages.ts'
export { hmac, hubSignature, type Signature } from './signature.ts'
export type { Where } from './where.ts'
