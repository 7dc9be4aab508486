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
export type { SoapChannels } from './channels.ts'
export type {
  CallContext,
  Headers,
  OperationOptions,
  OperationProbe,
  Probe,
  SendOptions,
  SoapOptions,
} from './config.ts'
export { soap } from './connector.ts'
export { defaultFaults, type Faults, type SoapFault } from './fault.ts'
export { type Security, type UsernameTokenOptions, usernameToken } from './security.ts'
