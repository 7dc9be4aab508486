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
export type { EndpointOptions, HealthOptions, HttpOptions, Timeouts } from '../http/config.ts'
export { type OAuth2Options, oauth2 } from '../http/oauth2.ts'
export type { Outcome } from '../http/outcome.ts'
export type { TlsOptions } from '../http/tls.ts'
export type { RpcChannels } from './channels.ts'
export type { CallContext, CallOptions, ProcedureOptions, RpcOptions } from './config.ts'
export { rpc } from './connector.ts'
export { defaultRpcErrors, type RpcError, type RpcErrors } from './outcome.ts'
export type { Dialect, Params, Tag, Tags } from './protocol.ts'
export type { SessionOptions } from './session.ts'
