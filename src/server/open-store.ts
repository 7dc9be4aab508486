import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { IsthmusError } from '../errors.ts'
import { postgresStore } from '../store/postgres/postgres-store.ts'
import { sqliteStore } from '../store/sqlite/sqlite-store.ts'
import { verifySqliteStore } from '../store/sqlite/verify.ts'
import type { Store } from '../store/store.ts'

export interface StorePlace {
  readonly data: string
  readonly storeUrl: string | undefined
}

/** Opens nothing yet: a store does at the first call. */
export function storeAt({ data, storeUrl }: StorePlace): Store {
  return storeUrl === undefined ? sqliteStore({ path: data }) : postgresStore(postgresOptions(storeUrl))
}

/** `?schema=NAME` lets several landscapes share a database. */
export function postgresOptions(storeUrl: string): { readonly url: string; readonly schema?: string } {
  const url = new URL(storeUrl)
  const schema = url.searchParams.get('schema')
  if (schema === null) return { url: storeUrl }
  url.searchParams.delete('schema')
  return { url: url.href, schema }
}

/** The store of an instance that has run before; throws CLI-USAGE where none has, STORE-FAILED where it is gone. */
export function existingStoreAt(place: StorePlace): Store {
  if (place.storeUrl === undefined && !existsSync(join(place.data, 'journal.db'))) {
    if (existsSync(join(place.data, 'lock.db')))
      throw new IsthmusError('STORE-FAILED', `journal.db is gone from ${place.data}: bring it back.`)
    const text = `There is no store in ${place.data}: nothing has run there yet.`
    throw new IsthmusError('CLI-USAGE', `${text} Give the directory by --data or ISTHMUS_DATA.`)
  }
  return storeAt(place)
}

/** What is damaged in the files of a store, running or not; undefined where they are in the care of PostgreSQL. */
export function damageAt({ data, storeUrl }: StorePlace): string[] | undefined {
  return storeUrl === undefined ? verifySqliteStore(data) : undefined
}

/** For people: a URL without its password. */
export function describeStore({ data, storeUrl }: StorePlace): string {
  if (storeUrl === undefined) return data
  const { protocol, hostname, port, pathname, searchParams } = new URL(storeUrl)
  const schema = searchParams.get('schema')
  return `${protocol}//${hostname}${port && `:${port}`}${pathname}${schema ? `, schema ${schema}` : ''}`
}
