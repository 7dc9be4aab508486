export * from '../http/exported.ts'
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
