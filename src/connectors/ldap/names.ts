import type { OptionNames } from '../../message/option-names.ts'
import type { EntriesOptions, LdapOptions, Place, SearchOptions } from './config.ts'

export const ldapNames: OptionNames<LdapOptions> = {
  url: 'needed',
  user: true,
  password: true,
  startTls: true,
  ca: true,
  connectTimeout: true,
  timeout: true,
}

const placeNames: OptionNames<Place> = { base: 'needed', scope: true }

export const entriesNames: OptionNames<EntriesOptions> = {
  ...placeNames,
  filter: true,
  key: true,
  changed: true,
  overlap: true,
  pageSize: true,
  every: true,
}

export const searchNames: OptionNames<SearchOptions> = {
  ...placeNames,
  request: 'needed',
  response: 'needed',
  filter: 'needed',
  one: true,
  limit: true,
}
