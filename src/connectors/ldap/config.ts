import type { Model } from '../../model/model.ts'
import type { Setting } from '../../system/setting.ts'
import type { LdapFilter } from './filter.ts'

export interface LdapOptions {
  /** `ldaps://host`, or `ldap://host`; ports 636 and 389 unless it says another. */
  readonly url: Setting
  /** Distinguished name to bind with; Active Directory also takes `user@domain`. Default: anonymous. */
  readonly user?: Setting | undefined
  /** Of `user`. Default: none. */
  readonly password?: Setting | undefined
  /** Encrypts an `ldap://` connection before anything else is said. Default: not. */
  readonly startTls?: boolean | undefined
  /** Certificates of the authorities that the server's one may come from, as PEM. Default: those of Node. */
  readonly ca?: Setting | undefined
  /** How long to wait for the connection. Default `5s`. */
  readonly connectTimeout?: string | undefined
  /** How long to wait for an answer. Default `30s`. */
  readonly timeout?: string | undefined
}

/** Where entries are looked for. */
export interface Place {
  /** Distinguished name of the entry to begin at: `ou=people,dc=example,dc=com`. */
  readonly base: string
  /** The entry itself, those directly below it, or it and all below. Default `sub`. */
  readonly scope?: 'base' | 'one' | 'sub' | undefined
}

export interface EntriesOptions extends Place {
  /** Default: all entries. */
  readonly filter?: LdapFilter | undefined
  /** Attribute that tells entries apart for ever. Default `entryUUID`; in Active Directory `objectGUID`. */
  readonly key?: string | undefined
  /** Attribute with the time of the last change. Default `modifyTimestamp`; in Active Directory `whenChanged`. */
  readonly changed?: string | undefined
  /** How far every look reaches back, for changes that another server of the directory made. Default `5m`. */
  readonly overlap?: string | undefined
  /** Entries of one page; servers have a limit of their own. Default 500. */
  readonly pageSize?: number | undefined
  /** Pause between two looks. Default `1m`. */
  readonly every?: string | undefined
}

export interface SearchOptions<I = unknown, O = unknown> extends Place {
  /** What the filter is made of. */
  readonly request: Model<I>
  /** Model of one entry if `one` is set, else of the array of entries. */
  readonly response: Model<O>
  /** The filter of one request, made by `ldapFilter`, which takes values as data only. */
  readonly filter: (request: I) => LdapFilter
  /** Answers the one entry: none is refused, several are an error. */
  readonly one?: boolean | undefined
  /** Most entries of an answer; more are an error. Default 500. */
  readonly limit?: number | undefined
}
