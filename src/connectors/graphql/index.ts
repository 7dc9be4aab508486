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
export type { GraphqlChannels } from './channels.ts'
export type {
  AnswerOptions,
  CallContext,
  CatchUp,
  Document,
  GraphqlOptions,
  ListOptions,
  ListQuery,
  MutationOptions,
  Page,
  Probe,
  QueryOptions,
  RequestOptions,
  SubscribeOptions,
  SubscriptionOptions,
  Variables,
} from './config.ts'
export { graphql } from './connector.ts'
export { readGraphql } from './contract/read.ts'
export { defaultGraphqlErrors, type Failures, type GraphqlError, type GraphqlErrors } from './outcome.ts'
