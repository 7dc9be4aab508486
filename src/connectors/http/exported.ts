// What every connector over HTTP hands on to those who use it, as `export *` in its index.ts.
export {
  type Auth,
  apiKey,
  basic,
  bearer,
  type Secrets,
  type SignedOptions,
  type SignedRequest,
  signed,
} from './auth.ts'
export type { EndpointOptions, HealthOptions, HttpOptions, Timeouts } from './config.ts'
export { type OAuth2Options, oauth2 } from './oauth2.ts'
export type { Outcome } from './outcome.ts'
export type { TlsOptions } from './tls.ts'
