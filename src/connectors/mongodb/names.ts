import type { OptionNames } from '../../system/option-names.ts'
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
  url: true,
  database: true,
  connections: true,
  connectTimeout: true,
  callTimeout: true,
  responseLimit: true,
}

export const collectionNames: OptionNames<CollectionOptions<unknown>> = {
  collection: true,
  types: true,
  mode: true,
  key: true,
  remember: true,
}

export const changesNames: OptionNames<ChangesOptions> = { collection: true, from: true, record: true }

export const modifiedNames: OptionNames<ModifiedOptions> = {
  collection: true,
  time: true,
  every: true,
  overlap: true,
}

export const answerNames: OptionNames<AnswerOptions<unknown, unknown>> = {
  collection: true,
  request: true,
  response: true,
  one: true,
  limit: true,
  concurrency: true,
}

export const findNames: OptionNames<FindOptions<unknown, unknown>> = {
  ...answerNames,
  filter: true,
  sort: true,
  projection: true,
}

export const aggregateNames: OptionNames<AggregateOptions<unknown, unknown>> = {
  ...answerNames,
  pipeline: true,
}
