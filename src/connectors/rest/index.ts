export type { Codec } from '../../message/codec/codec.ts'
export { type JsonOptions, json } from '../../message/codec/json.ts'
export { type XmlOptions, xml } from '../../message/codec/xml.ts'
export { type Auth, apiKey, basic, bearer } from '../http/auth.ts'
export type { Query, Timeouts } from '../http/config.ts'
export { defaultOutcomes, type Outcome, type Outcomes } from '../http/outcome.ts'
export type { RestChannels } from './channels.ts'
export type {
  CallOptions,
  OperationOptions,
  OperationProbe,
  Probe,
  RestOptions,
  WebhookOptions,
} from './config.ts'
export { rest } from './connector.ts'
export { hmac, hubSignature, type Signature } from './signature.ts'
