export type { Codec } from '../../message/codec/codec.ts'
export { type JsonOptions, json } from '../../message/codec/json.ts'
export { type XmlOptions, xml } from '../../message/codec/xml.ts'
export { type Auth, apiKey, basic, bearer } from './auth.ts'
export type { HttpChannels } from './channels.ts'
export type {
  CallOptions,
  HttpOptions,
  OperationOptions,
  OperationProbe,
  Probe,
  Query,
  Timeouts,
  WebhookOptions,
} from './config.ts'
export { http } from './connector.ts'
export { defaultOutcomes, type Outcome, type Outcomes } from './outcome.ts'
export { hmac, hubSignature, type Signature } from './signature.ts'
