import { IsthmusError, reasonOf } from '../../errors.ts'
import {
  type AggregateDefinition,
  aggregateRole,
  type CommandRole,
  type ProjectionDefinition,
} from '../../flow/aggregate/definition.ts'
import type { Delivery } from '../../message/message.ts'
import type { Append, Appended, Store } from '../../store/store.ts'
import type { RequesterChannel, SinkChannel } from '../../system/channel.ts'
import type { Answer, Outgoing, Requester, Sink } from '../../system/roles.ts'
import type { Host } from '../host.ts'
import { Cell, type Outbox } from './cell.ts'
import type { Standing } from './decide.ts'
import { GroupAppender } from './group-appender.ts'
import { Projector } from './projector.ts'

export interface AggregatesOptions {
  readonly store: Store
  readonly token: number
  readonly host: Host
  readonly projections: readonly ProjectionDefinition[]
  readonly onFatal: (error: unknown) => void
  /** What the flows get that begin with the events; undefined where none does. */
  readonly outbox: (definition: AggregateDefinition, deliveries: readonly Delivery[]) => Outbox | undefined
}

/** So many aggregates are kept in memory; one that is not is read again. */
const mostCells = 10_000

/** Runs the aggregates and projections of a landscape. */
export class Aggregates {
  readonly projectors: ReadonlyMap<string, Projector>
  readonly #options: AggregatesOptions
  readonly #appender: GroupAppender
  /** The one that was used last is the last. */
  readonly #cells = new Map<string, Cell>()

  constructor(options: AggregatesOptions) {
    this.#options = options
    const { store, token, host, projections } = options
    this.#appender = new GroupAppender(store, token, host)
    this.projectors = new Map(
      projections.map(definition => [definition.name, new Projector({ definition, store, token, host })]),
    )
  }

  role(channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>): Sink | Requester {
    const shared = { batch: 500, concurrency: 8 }
    const ask = (one: (item: Outgoing) => Promise<unknown>): Requester => ({
      ...shared,
      ask: items => Promise.all(items.map(item => answered(() => one(item)))),
    })
    const role = aggregateRole(channel)
    if (role?.plays === 'query') {
      const projector = this.projectors.get(role.projection.name) as Projector
      return ask(({ data }) => projector.answer(role, data))
    }
    if (role?.plays === 'state') return ask(({ data }) => this.#state(role.aggregate, data))
    const command = role as CommandRole
    if (channel.role === 'requester') return ask(item => this.#run(command, item))
    const write = (item: Outgoing) => this.#run(command, item).then(({ id, version }) => ({ id, version }))
    return { ...shared, write: items => Promise.all(items.map(item => answered(() => write(item)))) }
  }

  start(): void {
    for (const projector of this.projectors.values()) projector.poke()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.projectors.values()].map(projector => projector.stop()))
  }

  async #run(role: CommandRole, item: Outgoing): Promise<{ id: string; version: number; state: unknown }> {
    const { aggregate, command } = role
    const id = String(role.id(item.data) ?? '')
    if (id === '')
      throw new IsthmusError(
        'TARGET-REFUSED',
        `Command ${aggregate.name}.${command} does not say which aggregate it is for: its id is empty.`,
      )
    const cell = this.#cell(aggregate, id)
    return this.#told(cell, id, await cell.run(role, item))
  }

  async #state(definition: AggregateDefinition, asked: unknown) {
    const { id } = asked as { readonly id: string }
    const cell = this.#cell(definition, id)
    return this.#told(cell, id, await cell.now())
  }

  async #told(cell: Cell, id: string, standing: Standing) {
    return { id, version: standing.version, state: await cell.at(standing) }
  }

  #cell(definition: AggregateDefinition, id: string): Cell {
    const name = `${definition.name} ${id}`
    const known = this.#cells.get(name)
    const cell = known ?? new Cell(this.#cellOptions(definition, id))
    this.#cells.delete(name)
    this.#cells.set(name, cell)
    if (!known) this.#forget()
    return cell
  }

  #cellOptions(definition: AggregateDefinition, id: string) {
    const { store, host } = this.#options
    return {
      definition,
      id,
      reader: store.read,
      now: () => host.now(),
      append: this.#append,
      outbox: this.#outbox,
      onAppended: () => {
        for (const projector of this.projectors.values())
          if (projector.definition.from.name === definition.name) projector.poke()
      },
    }
  }

  /** Those that were used longest ago. */
  #forget(): void {
    if (this.#cells.size <= mostCells) return
    for (const [name, cell] of this.#cells) {
      if (this.#cells.size <= mostCells) return
      if (!cell.isBusy) this.#cells.delete(name)
    }
  }

  /** When it is not known whether something was appended, the process ends: the next one reads it. */
  readonly #append = async (append: Append): Promise<Appended> => {
    try {
      return await this.#appender.append(append)
    } catch (error) {
      if (error instanceof IsthmusError && error.fate === 'retry') throw notNow(error)
      this.#options.onFatal(error)
      return new Promise(() => {})
    }
  }

  readonly #outbox: AggregatesOptions['outbox'] = (definition, deliveries) => {
    try {
      return this.#options.outbox(definition, deliveries)
    } catch (error) {
      throw notNow(error)
    }
  }
}

async function answered(run: () => Promise<unknown>): Promise<Answer<never>> {
  try {
    return { ok: true, result: (await run()) as never }
  } catch (error) {
    return { ok: false, error }
  }
}

function notNow(cause: unknown): IsthmusError {
  const { retryAfter = 200 } = cause instanceof IsthmusError ? cause : {}
  const detail = { uncounted: true }
  return new IsthmusError('TARGET-UNAVAILABLE', `It cannot be recorded now: ${reasonOf(cause)}`, {
    cause,
    detail,
    retryAfter,
  })
}
