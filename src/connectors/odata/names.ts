import type { OptionNames } from '../../system/option-names.ts'
import { httpNames } from '../http/names.ts'
import type {
  AnsweredOptions,
  CallOptions,
  ChangeOptions,
  CreateOptions,
  EntitiesOptions,
  GetOptions,
  OdataOptions,
  QueryOptions,
  ShapeOptions,
  UpdateOptions,
} from './config.ts'

export const odataNames: OptionNames<OdataOptions> = {
  ...httpNames,
  url: true,
  version: true,
  metadata: true,
  query: true,
  csrf: true,
  batchFormat: true,
}

const shapeNames: OptionNames<ShapeOptions> = { select: true, expand: true }

export const entitiesNames: OptionNames<EntitiesOptions> = {
  ...shapeNames,
  set: true,
  filter: true,
  changed: { field: true, overlap: true },
  delta: { removed: true },
  paging: true,
  pageSize: true,
  every: true,
}

export const getNames: OptionNames<GetOptions> = {
  ...shapeNames,
  set: true,
  request: true,
  response: true,
  outcomes: true,
  concurrency: true,
}

export const queryNames: OptionNames<QueryOptions> = {
  ...shapeNames,
  set: true,
  request: true,
  response: true,
  filter: true,
  orderby: true,
  most: true,
  outcomes: true,
  concurrency: true,
}

const answeredNames: OptionNames<AnsweredOptions> = { request: true, response: true }

const changeNames: OptionNames<ChangeOptions> = {
  set: true,
  effect: true,
  batch: true,
  outcomes: true,
  concurrency: true,
}

export const createNames: OptionNames<CreateOptions & AnsweredOptions> = {
  ...changeNames,
  ...answeredNames,
  probe: true,
}

export const updateNames: OptionNames<UpdateOptions & AnsweredOptions> = {
  ...changeNames,
  ...answeredNames,
  method: true,
  etag: true,
}

export const deleteNames: OptionNames<ChangeOptions & Pick<UpdateOptions, 'etag'>> = {
  ...changeNames,
  etag: true,
}

export const callNames: OptionNames<CallOptions> = {
  operation: true,
  set: true,
  request: true,
  response: true,
  effect: true,
  etag: true,
  outcomes: true,
  concurrency: true,
}
