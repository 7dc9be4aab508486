export type { LdapChannels } from './channels.ts'
export type { EntriesOptions, LdapOptions, Place, SearchOptions } from './config.ts'
export { ldap } from './connector.ts'
export { type LdapFilter, ldapFilter } from './filter.ts'
