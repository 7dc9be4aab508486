import type { OptionNames } from '../../message/option-names.ts'
import type {
  AggregateOptions,
  AnswerOptions,
  ChangesOptions,
  CollectionOptions,
  FindOptions,
  ModifiedOptions,
  MongoOptions,
} from './config.ts'

export const mongoNames: OptionNames<MongoOptions> = {
  url: 'needed',
  database: true,
  connections: true,
  connectTimeout: true,
  callTimeout: true,
  responseLimit: true,
}

export const collectionNames: OptionNames<CollectionOptions<unknown>> = {
  collection: 'needed',
  types: true,
  mode: 'needed',
  key: true,
  remember: true,
}

export const changesNames: OptionNames<ChangesOptions> = { collection: 'needed', from: true, record: true }

export const modifiedNames: OptionNames<ModifiedOptions> = {
  collection: 'needed',
  time: 'needed',
  every: true,
  overlap: true,
}

export const answerNames: OptionNames<AnswerOptions<unknown, unknown>> = {
  collection: 'needed',
  request: 'needed',
  response: 'needed',
  one: true,
  limit: true,
  concurrency: true,
}

export const findNames: OptionNames<FindOptions<unknown, unknown>> = {
  ...answerNames,
  filter: 'needed',
  sort: true,
  projection: true,
}

export const aggregateNames: OptionNames<AggregateOptions<unknown, unknown>> = {
  ...answerNames,
  pipeline: 'needed',
}
