import type { OptionNames } from '../../system/option-names.ts'
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
  verify: true,
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

const sinceNames: OptionNames<Since> = { parameter: true, time: true, overlap: true, format: true }

const pagesNames: OptionNames<Pages> = {
  by: true,
  parameter: true,
  first: true,
  total: true,
  moves: true,
  cursor: true,
  next: true,
}

export const listNames: OptionNames<ListOptions> = {
  path: true,
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
  path: true,
  query: true,
  codec: true,
  done: true,
}

export const sendNames: OptionNames<CallOptions & { readonly probe?: Probe }> = {
  method: true,
  path: true,
  query: true,
  headers: true,
  body: true,
  codec: true,
  responseCodec: true,
  effect: true,
  idempotencyHeader: true,
  outcomes: true,
  failure: true,
  concurrency: true,
  probe: probeNames,
}

export const operationNames: OptionNames<OperationOptions & { readonly probe?: OperationProbe }> = {
  ...sendNames,
  request: true,
  response: true,
  probe: { ...probeNames, result: true },
}
