export * from '../http/exported.ts'
export { defaultOutcomes, type Outcomes } from '../http/outcome.ts'
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
