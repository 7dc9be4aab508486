import type { OptionNames } from '../../message/option-names.ts'
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
  url: 'needed',
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
  document: 'needed',
  variables: 'needed',
  at: true,
  done: 'needed',
  result: true,
}

export const sendNames: OptionNames<MutationOptions & { readonly probe?: Probe }> = {
  ...answerNames,
  document: 'needed',
  variables: true,
  effect: 'needed',
  concurrency: true,
  probe: probeNames,
}

export const mutateNames: OptionNames<RequestOptions & { readonly probe?: Probe }> = {
  ...sendNames,
  request: 'needed',
  response: true,
}

export const queryNames: OptionNames<QueryOptions> = {
  ...answerNames,
  document: 'needed',
  variables: true,
  effect: true,
  concurrency: true,
  request: 'needed',
  response: 'needed',
}

const listQueryNames: OptionNames<ListQuery> = {
  document: 'needed',
  at: 'needed',
  paging: true,
  size: true,
  variables: true,
  changed: true,
  overlap: true,
}

export const listNames: OptionNames<ListOptions> = {
  ...listQueryNames,
  id: 'needed',
  every: true,
  errors: true,
}

const catchUpNames: OptionNames<CatchUp> = { ...listQueryNames, every: true }

export const subscribeNames: OptionNames<SubscribeOptions> = {
  document: 'needed',
  variables: true,
  at: true,
  buffer: true,
  errors: true,
  missed: catchUpNames,
  id: true,
}
