import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ProjectionDefinition, QueryRole } from '../../flow/aggregate/definition.ts'
import type { Json } from '../../message/json-value.ts'
import type { Store, StoreReader } from '../../store/store.ts'
import type { StreamName } from '../../store/streams.ts'
import { type Host, patiently } from '../host.ts'
import { aggregateStream, frozen, readEvent } from './aggregate-log.ts'

/** Where the rows of a projection stand. */
export function projectionStream(name: string): StreamName {
  return { kind: `projection/${name}`, key: 'rows' }
}

/** Rows, and the position of the last event that is in them. */
export interface Projected {
  rows: Map<string, unknown>
  position: number
}

interface Kept {
  /** Of the declaration that made them. */
  readonly of: number
  readonly position: number
  readonly rows: readonly (readonly [key: string, row: Json])[]
}

const page = 1_000
/** Milliseconds from a change of the rows until they are kept, at most. */
const pace = 10_000

/** Brings rows up to the end of the log. Throws STEP-FAILED where `apply` does, MODEL-INVALID for an event that cannot be read. */
export async function project(
  { streams }: Pick<StoreReader, 'streams'>,
  definition: ProjectionDefinition,
  projected: Projected,
  end = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { kind } = aggregateStream(definition.from.name, '')
  for (;;) {
    const events = await streams.log({ kind, after: projected.position, limit: page })
    for (const stored of events) {
      if (stored.position > end) return
      const { command: _, effectKey: __, cause: ___, ...event } = readEvent(definition.from, stored)
      try {
        definition.apply(projected.rows, event)
      } catch (error) {
        const place = `Projection ${definition.name}, event ${event.version} of ${definition.from.name} ${event.id}`
        throw new IsthmusError('STEP-FAILED', `${place}: "apply" failed: ${reasonOf(error)}`, {
          cause: error,
        })
      }
      projected.position = stored.position
    }
    if (events.length < page) return
  }
}

/** What is kept of the rows; undefined if nothing is, or by another version of the declaration. */
export async function keptRows(
  { streams }: Pick<StoreReader, 'streams'>,
  { name, version, row }: ProjectionDefinition,
): Promise<Projected | undefined> {
  const kept = (await streams.head(projectionStream(name)))?.snapshot?.data as unknown as Kept | undefined
  if (kept?.of !== version) return undefined
  if (kept.rows.some(([, each]) => !row.validate(each).ok)) return undefined
  return { position: kept.position, rows: new Map(kept.rows.map(([key, each]) => [key, frozen(each)])) }
}

interface ProjectorOptions {
  readonly definition: ProjectionDefinition
  readonly store: Pick<Store, 'read' | 'append'>
  readonly token: number
  readonly host: Host
}

/**
 * Keeps the rows of a projection up to date in memory, and in the store from time to time: rows that were not kept are made of
 * the events again.
 */
export class Projector {
  readonly definition: ProjectionDefinition
  readonly #options: ProjectorOptions
  #projected: Projected | undefined
  /** The position that is kept. */
  #kept = 0
  #isBehind = true
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(options: ProjectorOptions) {
    this.#options = options
    this.definition = options.definition
  }

  /** There may be more events. Nobody waits for it: who asks waits, and hears of what is wrong. */
  poke(): void {
    this.#isBehind = true
    if (!this.#stopped) this.caughtUp().catch(() => {})
  }

  /** Resolves when all that has been appended is in the rows. */
  caughtUp(): Promise<void> {
    if (!this.#isBehind && !this.#next) return this.#running
    this.#next ??= this.#alone(async () => {
      this.#next = undefined
      await this.#catchUp()
    })
    return this.#next
  }

  async answer({ answer, projection }: QueryRole, question: unknown): Promise<unknown> {
    await this.caughtUp()
    try {
      return answer(this.#projected?.rows ?? new Map(), question)
    } catch (error) {
      if (error instanceof IsthmusError) throw error
      const text = `Projection ${projection.name}: a query failed: ${reasonOf(error)}`
      throw new IsthmusError('STEP-FAILED', text, { cause: error })
    }
  }

  /** Makes the rows anew from the first event. The old ones answer until that is done. Gives how many there are. */
  async rebuild(): Promise<number> {
    const fresh: Projected = { rows: new Map(), position: 0 }
    const { store } = this.#options
    await project(store.read, this.definition, fresh)
    await this.#alone(async () => {
      await project(store.read, this.definition, fresh)
      this.#projected = fresh
      this.#kept = -1
      await this.#keep()
    })
    return fresh.rows.size
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#alone(() => this.#keep()).catch(() => {})
  }

  /** One after another. */
  #alone(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.catch(() => {}).then(work)
    return this.#running
  }

  async #catchUp(): Promise<void> {
    const { store, host } = this.#options
    const projected = this.#projected ?? (await patiently(host, () => this.#load()))
    this.#isBehind = false
    try {
      await patiently(host, () => project(store.read, this.definition, projected))
      this.#projected = projected
    } catch (error) {
      // Rows may have seen a part of an event.
      this.#projected = undefined
      this.#isBehind = true
      throw error
    }
    if (projected.position > this.#kept && !this.#stopped)
      this.#cancel ??= host.after(pace, () => {
        this.#cancel = undefined
        this.#alone(() => this.#keep()).catch(() => {})
      })
  }

  async #load(): Promise<Projected> {
    const kept = await keptRows(this.#options.store.read, this.definition)
    this.#kept = kept?.position ?? 0
    return kept ?? { rows: new Map(), position: 0 }
  }

  /** Fails without harm: it is tried again with the next change. */
  async #keep(): Promise<void> {
    const projected = this.#projected
    if (!projected || projected.position === this.#kept) return
    const { store, token, host } = this.#options
    const { position, rows } = projected
    const name = projectionStream(this.definition.name)
    const head = await store.read.streams.head(name)
    const kept = { of: this.definition.version, position, rows: [...rows] }
    const data = { of: this.definition.version, position, rows: rows.size }
    const append = {
      ...name,
      version: head?.version ?? 0,
      events: [{ type: 'kept', data, at: host.now() }],
      state: 'kept',
      snapshot: JSON.parse(JSON.stringify(kept)) as Json,
    }
    const [appended] = await store.append([append], token)
    if (appended?.status === 'appended') this.#kept = position
  }
}
