export type { ExactlyOnce, MongoChannels } from './channels.ts'
export type {
  AggregateOptions,
  AnswerOptions,
  Change,
  ChangesOptions,
  CollectionOptions,
  FindOptions,
  InsertOptions,
  ModifiedOptions,
  MongoOptions,
  UpsertOptions,
} from './config.ts'
export { mongodb } from './connector.ts'
export { type BsonType, type BsonTypes, type BsonValue, typed } from './typed.ts'
