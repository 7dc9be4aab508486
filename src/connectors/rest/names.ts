import type { OptionNames } from '../../message/option-names.ts'
import { eventNames } from '../events.ts'
import { httpNames } from '../http/names.ts'
import type {
  CallOptions,
  ListOptions,
  OperationOptions,
  OperationProbe,
  Probe,
  RestOptions,
  Since,
  WebhookOptions,
} from './config.ts'
import type { Pages } from './pages.ts'

export const restNames: OptionNames<RestOptions> = { ...httpNames, url: true, redirects: true }

export const webhookNames: OptionNames<WebhookOptions> = {
  verify: 'needed',
  path: true,
  method: true,
  codec: true,
  id: true,
  time: true,
  validate: true,
  conflict: true,
  limit: true,
  rate: true,
}

const sinceNames: OptionNames<Since> = { parameter: 'needed', time: 'needed', overlap: true, format: true }

const pagesNames: OptionNames<Pages> = {
  by: 'needed',
  parameter: true,
  first: true,
  total: true,
  moves: true,
  cursor: true,
  next: true,
}

export const listNames: OptionNames<ListOptions> = {
  path: 'needed',
  query: true,
  headers: true,
  records: true,
  pages: pagesNames,
  since: sinceNames,
  key: true,
  every: true,
  codec: true,
  outcomes: true,
  failure: true,
}

export const probeNames: OptionNames<Probe> = {
  method: true,
  path: 'needed',
  query: true,
  codec: true,
  done: true,
}

export const sendNames: OptionNames<CallOptions & { readonly probe?: Probe }> = {
  method: 'needed',
  path: 'needed',
  query: true,
  headers: true,
  body: true,
  codec: true,
  responseCodec: true,
  event: eventNames,
  effect: 'needed',
  idempotencyHeader: true,
  outcomes: true,
  failure: true,
  concurrency: true,
  probe: probeNames,
}

export const operationNames: OptionNames<OperationOptions & { readonly probe?: OperationProbe }> = {
  ...sendNames,
  request: 'needed',
  response: true,
  etag: true,
  probe: { ...probeNames, result: true },
}
