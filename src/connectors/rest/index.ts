export type { Codec } from '../../message/codec/codec.ts'
export { type JsonOptions, json } from '../../message/codec/json.ts'
export { type XmlOptions, xml } from '../../message/codec/xml.ts'
export {
  type Auth,
  apiKey,
  basic,
  bearer,
  type Secrets,
  type SignedOptions,
  type SignedRequest,
  signed,
} from '../http/auth.ts'
export type { HttpOptions, Timeouts } from '../http/config.ts'
export { type OAuth2Options, oauth2 } from '../http/oauth2.ts'
export { defaultOutcomes, type Outcome, type Outcomes } from '../http/outcome.ts'
export { type Delimited, delimited, type Query, type Scalar } from '../http/path.ts'
export type { TlsOptions } from '../http/tls.ts'
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
