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
export { defaultOutcomes, type Outcome, type Outcomes } from '../http/outcome.ts'
export type { TlsOptions } from '../http/tls.ts'
export type { OdataChannels } from './channels.ts'
export type {
  AnsweredOptions,
  CallOptions,
  ChangeOptions,
  CreateOptions,
  CreateProbe,
  EntitiesOptions,
  Etag,
  GetOptions,
  OdataOptions,
  QueryOptions,
  Removed,
  ShapeOptions,
  UpdateOptions,
} from './config.ts'
export { odata } from './connector.ts'
export { readEdmx } from './contract.ts'
export type { OdataVersion } from './edm.ts'
export { type Filter, type FilterValue, filter } from './filter.ts'
