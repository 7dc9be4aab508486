import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsthmusError } from '../../errors.ts'
import type { Origin, Target } from '../../store/copy/ends.ts'
import { postgresOrigin } from '../../store/postgres/copy-origin.ts'
import { postgresTarget } from '../../store/postgres/copy-target.ts'
import { sqliteOrigin } from '../../store/sqlite/copy-origin.ts'
import { sqliteTarget } from '../../store/sqlite/copy-target.ts'
import type { Store } from '../../store/store.ts'
import { describeStore, postgresOptions, storeAt } from '../open-store.ts'

/** A store that a URL names: `sqlite:///path/of/the/data/directory` or `postgres://...?schema=NAME`. */
export interface StoreEnd {
  /** For people. Holds no secret. */
  readonly place: string
  /** The data directory, of a store in files. */
  readonly data: string | undefined
  /** A new store each time: to claim it. */
  open(): Store
  origin(): Origin
  target(partitions: number | undefined): Target
}

/** Throws CLI-USAGE for another URL. */
export function storeEnd(url: string): StoreEnd {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return postgresEnd(url)
  if (/^sqlite:\/\/\//.test(url) && URL.canParse(url)) return sqliteEnd(url)
  const text = `"${url.split('@').at(-1)}" names no store`
  throw new IsthmusError(
    'CLI-USAGE',
    `${text}: use sqlite:///path/of/the/data/directory or postgres://…?schema=NAME`,
  )
}

function sqliteEnd(url: string): StoreEnd {
  const data = realPath(fileURLToPath(url.replace(/^sqlite:/, 'file:')))
  return {
    place: data,
    data,
    open: () => storeAt({ data, storeUrl: undefined }),
    origin() {
      if (!existsSync(join(data, 'journal.db')))
        throw new IsthmusError('CLI-USAGE', `There is no store in ${data}: nothing has run there yet.`)
      return sqliteOrigin(data)
    },
    target: partitions => sqliteTarget(data, partitions),
  }
}

/** The same for every way to a directory, also for one that is not there yet. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const above = dirname(path)
  return above === path ? path : resolve(realPath(above), path.slice(above.length).replace(/^\//, ''))
}

function postgresEnd(storeUrl: string): StoreEnd {
  const options = postgresOptions(storeUrl)
  const place = describeStore({ data: '', storeUrl })
  return {
    place,
    data: undefined,
    open: () => storeAt({ data: '', storeUrl }),
    origin: () => postgresOrigin(options, place),
    target: partitions => postgresTarget(options, place, partitions),
  }
}
