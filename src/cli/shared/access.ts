import { resolve } from 'node:path'
import { IsthmusError } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { type Environment, storeUrlOf } from '../../server/configuration.ts'
import { readControlFile } from '../../server/control-file.ts'
import type { StorePlace } from '../../server/open-store.ts'
import type { Operations } from '../../server/operations/operations.ts'
import type { StoreReader } from '../../store/store.ts'
import { dataBeside, loadLandscape } from './landscape-file.ts'
import { runningInstance } from './remote-operations.ts'

/** Options of commands that look at an instance. */
export const placeOptions = {
  data: { value: 'DIR', help: "the instance's data directory; or ISTHMUS_DATA" },
  landscape: { value: 'PATH', short: 'l', help: "the landscape's folder or file; this folder if not given" },
} as const

export interface PlaceValues {
  readonly data?: string | undefined
  readonly landscape?: string | undefined
}

export interface Access {
  readonly operations: Operations
  readonly isRunning: boolean
  close(): Promise<void>
}

/**
 * The running instance's operations through its control API; else those on its stopped store. With `decide` a stopped
 * store is claimed, so that no instance starts on it in the meantime.
 */
export async function openAccess(
  values: PlaceValues,
  environment: Environment,
  options: { readonly decide?: boolean; readonly withoutLandscape?: boolean } = {},
): Promise<Access> {
  const finder = new Finder(values, environment)
  const data = await finder.data()
  const remote = await runningInstance(data)
  if (remote) return { operations: remote, isRunning: true, close: async () => {} }
  const place = storePlace(data, environment)
  if (!place) throw unknownUrl(data)
  const landscape = options.withoutLandscape ? finder.loaded : await finder.landscape()
  // Only a stopped one's commands need most of the program.
  const { openStopped } = await import('./stopped-store.ts')
  return { isRunning: false, ...(await openStopped(place, landscape, environment, options.decide)) }
}

/**
 * Where the store itself is, beside a running instance or not; undefined where only a running one knows its address. With
 * the landscape, where that was named or had to be looked for.
 */
export async function findStore(
  values: PlaceValues,
  environment: Environment,
): Promise<{ readonly at: StorePlace | undefined; readonly landscape: Landscape | undefined }> {
  const finder = new Finder(values, environment)
  const at = storePlace(await finder.data(), environment)
  return { at, landscape: values.landscape === undefined ? finder.loaded : await finder.landscape() }
}

/** The store itself, beside a running instance or not, with the landscape that tells what is in it. */
export async function openStore(
  values: PlaceValues,
  environment: Environment,
): Promise<{ readonly reader: StoreReader; readonly landscape: Landscape; close(): Promise<void> }> {
  const finder = new Finder(values, environment)
  const data = await finder.data()
  const place = storePlace(data, environment)
  if (!place) throw unknownUrl(data, 'and its URL is not known')
  const landscape = await finder.landscape()
  const { existingStoreAt } = await import('../../server/open-store.ts')
  const store = existingStoreAt(place)
  return { reader: store.read, landscape, close: () => store.close() }
}

/** The instance's data directory. */
export function dataOf(values: PlaceValues, environment: Environment): Promise<string> {
  return new Finder(values, environment).data()
}

/** Undefined when the store is in PostgreSQL and its URL, which holds a password, is not given. */
function storePlace(data: string, environment: Environment): StorePlace | undefined {
  const storeUrl = storeUrlOf(environment)
  if (storeUrl === undefined && readControlFile(data)?.store === 'postgres') return undefined
  return { data, storeUrl }
}

function unknownUrl(data: string, why = 'and the instance does not run'): IsthmusError {
  const text = `The store of ${data} is in PostgreSQL, ${why}. Set ISTHMUS_STORE to its URL.`
  return new IsthmusError('CONFIG-MISSING', text)
}

/** Finds data directory and landscape, loading the landscape only if it is needed. */
class Finder {
  loaded: Landscape | undefined
  readonly #values: PlaceValues
  readonly #environment: Environment

  constructor(values: PlaceValues, environment: Environment) {
    this.#values = values
    this.#environment = environment
  }

  async landscape(): Promise<Landscape> {
    this.loaded ??= await loadLandscape(this.#values.landscape)
    return this.loaded
  }

  async data(): Promise<string> {
    const given = this.#values.data || this.#environment.ISTHMUS_DATA
    return resolve(given || dataBeside(await this.landscape(), this.#values.landscape))
  }
}
