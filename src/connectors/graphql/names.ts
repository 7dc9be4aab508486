import type { OptionNames } from '../../system/option-names.ts'
import { httpNames } from '../http/names.ts'
import type {
  AnswerOptions,
  CatchUp,
  GraphqlOptions,
  ListOptions,
  ListQuery,
  MutationOptions,
  Probe,
  QueryOptions,
  RequestOptions,
  SubscribeOptions,
  SubscriptionOptions,
} from './config.ts'

const subscriptionNames: OptionNames<SubscriptionOptions> = { url: true, payload: true }

export const graphqlNames: OptionNames<GraphqlOptions> = {
  ...httpNames,
  url: true,
  schema: true,
  errors: true,
  subscriptions: subscriptionNames,
}

export const answerNames: OptionNames<AnswerOptions> = {
  at: true,
  failures: true,
  userErrors: true,
  errors: true,
}

export const probeNames: OptionNames<Probe> = {
  document: true,
  variables: true,
  at: true,
  done: true,
  result: true,
}

export const sendNames: OptionNames<MutationOptions & { readonly probe?: Probe }> = {
  ...answerNames,
  document: true,
  variables: true,
  effect: true,
  concurrency: true,
  probe: probeNames,
}

export const mutateNames: OptionNames<RequestOptions & { readonly probe?: Probe }> = {
  ...sendNames,
  request: true,
  response: true,
}

export const queryNames: OptionNames<QueryOptions> = {
  ...answerNames,
  document: true,
  variables: true,
  effect: true,
  concurrency: true,
  request: true,
  response: true,
}

const listQueryNames: OptionNames<ListQuery> = {
  document: true,
  at: true,
  paging: true,
  size: true,
  variables: true,
  changed: true,
  overlap: true,
}

export const listNames: OptionNames<ListOptions> = { ...listQueryNames, id: true, every: true, errors: true }

const catchUpNames: OptionNames<CatchUp> = { ...listQueryNames, every: true }

export const subscribeNames: OptionNames<SubscribeOptions> = {
  document: true,
  variables: true,
  at: true,
  buffer: true,
  errors: true,
  missed: catchUpNames,
  id: true,
}
