import type { OptionNames } from '../../message/option-names.ts'
import { httpNames } from '../http/names.ts'
import type {
  BrowserOptions,
  FieldOptions,
  FormOptions,
  LayoutOptions,
  ListOptions,
  LoginOptions,
  PageOptions,
  SubmitOptions,
  WebOptions,
} from './config.ts'

const loginNames: OptionNames<LoginOptions> = {
  form: true,
  path: 'needed',
  values: 'needed',
  inside: 'needed',
}
const browserNames: OptionNames<BrowserOptions> = { executable: 'needed' }

export const webNames: OptionNames<WebOptions> = {
  ...httpNames,
  url: 'needed',
  pause: true,
  robots: true,
  login: loginNames,
  browser: browserNames,
}

export const fieldNames: OptionNames<FieldOptions> = {
  at: true,
  attribute: true,
  all: true,
  optional: true,
  read: true,
}

const layoutNames: OptionNames<LayoutOptions> = { expect: true, rendered: true }
const searchNames: OptionNames<FormOptions & { readonly values: object }> = { form: true, values: 'needed' }

export const listNames: OptionNames<ListOptions<unknown>> = {
  ...layoutNames,
  path: 'needed',
  query: true,
  search: searchNames,
  records: 'needed',
  fields: 'needed',
  empty: true,
  pages: { next: true, parameter: true, from: true },
  most: true,
  key: true,
  every: true,
}

export const pageNames: OptionNames<PageOptions<unknown, unknown>> = {
  ...layoutNames,
  request: 'needed',
  response: 'needed',
  path: 'needed',
  query: true,
  records: true,
  fields: 'needed',
  empty: true,
}

export const submitNames: OptionNames<SubmitOptions<unknown>> = {
  form: true,
  path: 'needed',
  values: 'needed',
  done: 'needed',
  failed: true,
  effect: 'needed',
}
