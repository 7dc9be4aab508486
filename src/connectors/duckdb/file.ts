import { mkdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { IsthmusError } from '../../errors.ts'
import { quotedText } from '../../system/warehouse.ts'
import { RowsFailed } from '../warehouse-batches.ts'
import type { DuckdbOptions } from './config.ts'
import { loadDuckdb } from './driver.ts'
import { failureOf, isFatal } from './failure.ts'

export const inMemory = ':memory:'

export interface Lease {
  readonly connection: DuckDBConnection
  /** The error as Isthmus tells it. */
  failed(error: unknown): Promise<unknown>
  end(): void
}

interface Shared {
  readonly settings: string
  readonly instance: Promise<DuckDBInstance>
  users: number
}

/** DuckDB locks a file for a process: whoever names it in this one works on the same instance. */
const open = new Map<string, Shared>()

/** A database for one connection of Isthmus. It is opened at first use, and again after DuckDB has given it up. */
export class DuckdbFile {
  readonly #options: Omit<DuckdbOptions, 'file'>
  readonly #path: string
  readonly #system: string
  readonly #running = new Set<Promise<unknown>>()
  #shared: Promise<{ readonly key: string; readonly shared: Shared }> | undefined

  constructor(path: string, options: Omit<DuckdbOptions, 'file'>, system: string) {
    this.#path = path
    this.#options = options
    this.#system = system
  }

  /** Works on a connection of its own, which is closed afterwards. Errors are those of Isthmus. */
  async use<T>(doing: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const lease = await this.lease(doing)
    try {
      return await work(lease.connection)
    } catch (error) {
      throw await lease.failed(error)
    } finally {
      lease.end()
    }
  }

  /** A connection, to be ended by the caller. */
  async lease(doing: string): Promise<Lease> {
    const who = `${doing} ${this.#system}`
    let ended = () => {}
    const running = new Promise<void>(resolve => {
      ended = resolve
    })
    this.#running.add(running)
    const end = () => {
      this.#running.delete(running)
      ended()
    }
    try {
      const connection = await this.#connect()
      return {
        connection,
        failed: error => this.#failed(error, who),
        end() {
          connection.closeSync()
          end()
        },
      }
    } catch (error) {
      end()
      await this.#leave(true)
      throw failureOf(error, who)
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#leave()
  }

  async #connect(): Promise<DuckDBConnection> {
    this.#shared ??= this.#join()
    const { shared } = await this.#shared
    return (await shared.instance).connect()
  }

  async #failed(error: unknown, who: string): Promise<unknown> {
    if (error instanceof RowsFailed) return error.cause
    if (isFatal(error)) await this.#leave(true)
    return failureOf(error, who)
  }

  async #join(): Promise<{ readonly key: string; readonly shared: Shared }> {
    const { key, path } = await this.#place()
    const settings = JSON.stringify(this.#options)
    const there = open.get(key)
    if (there && there.settings !== settings)
      throw new IsthmusError(
        'CONFIG-INVALID',
        `System ${this.#system} opens ${path} with other options than another system does: they share it, so give both the same.`,
      )
    const shared = there ?? { settings, instance: openInstance(path, this.#options), users: 0 }
    shared.users++
    open.set(key, shared)
    return { key, shared }
  }

  async #place(): Promise<{ readonly key: string; readonly path: string }> {
    if (this.#path === inMemory) return { key: `${inMemory} ${crypto.randomUUID()}`, path: inMemory }
    const path = resolve(this.#path)
    if (!this.#options.readOnly) await mkdir(dirname(path), { recursive: true })
    const folder = await realpath(dirname(path)).catch(() => dirname(path))
    return { key: join(folder, basename(path)), path }
  }

  /** Whoever leaves last closes it; when it is of no use any more, nobody else joins it. */
  async #leave(broken = false): Promise<void> {
    const joined = this.#shared
    this.#shared = undefined
    const { key, shared } = (await joined?.catch(() => undefined)) ?? {}
    if (!key || !shared) return
    if (broken && open.get(key) === shared) open.delete(key)
    if (--shared.users > 0) return
    if (open.get(key) === shared) open.delete(key)
    const instance = await shared.instance.catch(() => undefined)
    instance?.closeSync()
  }
}

async function openInstance(path: string, options: Omit<DuckdbOptions, 'file'>): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await loadDuckdb()
  const { memory = '1GB', threads, readOnly = false } = options
  const spill =
    options.spill ?? (path === inMemory ? join(tmpdir(), `isthmus-duckdb-${process.pid}`) : `${path}.tmp`)
  const instance = await DuckDBInstance.create(path, {
    access_mode: readOnly ? 'READ_ONLY' : 'AUTOMATIC',
    memory_limit: memory,
    temp_directory: spill,
    preserve_insertion_order: 'false',
    ...(threads !== undefined && { threads: String(threads) }),
  })
  const connection = await instance.connect()
  try {
    for (const setting of settingsOf(options)) await connection.run(setting)
  } catch (error) {
    instance.closeSync()
    throw error
  } finally {
    connection.closeSync()
  }
  return instance
}

/** Nothing but its own file, and the folders that were named; and no query changes that. */
function settingsOf({ folders = [] }: Omit<DuckdbOptions, 'file'>): readonly string[] {
  const allowed = folders.map(folder => quotedText(`${resolve(folder)}/`))
  return [
    `set global TimeZone = 'UTC'`,
    `set global allowed_directories = [${allowed.join(', ')}]`,
    'set global enable_external_access = false',
    'set global lock_configuration = true',
  ]
}
