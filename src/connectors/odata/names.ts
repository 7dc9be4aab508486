import type { OptionNames } from '../../message/option-names.ts'
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
  url: 'needed',
  version: 'needed',
  metadata: true,
  query: true,
  csrf: true,
  batchFormat: true,
}

const shapeNames: OptionNames<ShapeOptions> = { select: true, expand: true }

export const entitiesNames: OptionNames<EntitiesOptions> = {
  ...shapeNames,
  set: 'needed',
  filter: true,
  changed: { field: true, overlap: true },
  delta: { removed: true },
  paging: true,
  pageSize: true,
  every: true,
}

export const getNames: OptionNames<GetOptions> = {
  ...shapeNames,
  set: 'needed',
  request: 'needed',
  response: 'needed',
  outcomes: true,
  concurrency: true,
}

export const queryNames: OptionNames<QueryOptions> = {
  ...shapeNames,
  set: 'needed',
  request: 'needed',
  response: 'needed',
  filter: 'needed',
  orderby: true,
  most: true,
  outcomes: true,
  concurrency: true,
}

const answeredNames: OptionNames<Partial<AnsweredOptions>> = { request: true, response: true }

const changeNames: OptionNames<ChangeOptions> = {
  set: 'needed',
  effect: 'needed',
  batch: true,
  outcomes: true,
  concurrency: true,
}

export const createNames: OptionNames<CreateOptions & Partial<AnsweredOptions>> = {
  ...changeNames,
  ...answeredNames,
  probe: true,
}

export const updateNames: OptionNames<UpdateOptions & Partial<AnsweredOptions>> = {
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
  operation: 'needed',
  set: true,
  request: 'needed',
  response: true,
  effect: 'needed',
  etag: true,
  outcomes: true,
  concurrency: true,
}
