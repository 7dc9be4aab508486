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
export type { TlsOptions } from '../http/tls.ts'
export type { WebChannels } from './channels.ts'
export type {
  BrowserOptions,
  Field,
  FieldOptions,
  Fields,
  FormOptions,
  LayoutOptions,
  ListOptions,
  LoginOptions,
  PageOptions,
  SubmitOptions,
  WebOptions,
} from './config.ts'
export { web } from './connector.ts'
