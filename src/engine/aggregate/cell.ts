import type { AggregateDefinition, CommandRole } from '../../flow/aggregate/definition.ts'
import type { Json } from '../../message/json-value.ts'
import type { Delivery } from '../../message/message.ts'
import type { Accepted, Append, Appended, NewMessage, StoreReader } from '../../store/store.ts'
import type { Outgoing } from '../../system/roles.ts'
import {
  aggregateStream,
  commandStream,
  type Folded,
  readAggregate,
  type Snapshot,
  stateAt,
} from './aggregate-log.ts'
import { decided, type Made, type Standing } from './decide.ts'

/** Messages that go with an append; `end` is told what became of them, or nothing if they were not taken. */
export interface Outbox {
  readonly messages: readonly NewMessage[]
  end(accepted?: readonly Accepted[]): void
}

export interface CellOptions {
  readonly definition: AggregateDefinition
  readonly id: string
  readonly reader: Pick<StoreReader, 'streams'>
  readonly now: () => number
  readonly append: (append: Append) => Promise<Appended>
  /** Undefined where no flow begins with the events. */
  readonly outbox: (definition: AggregateDefinition, deliveries: readonly Delivery[]) => Outbox | undefined
  /** Told when events are durable. */
  readonly onAppended: () => void
}

interface Waiting {
  readonly role: CommandRole
  readonly item: Outgoing
  readonly done: PromiseWithResolvers<Standing>
}

/** What became of a command, once what the commands before it made of the aggregate is durable. */
type Outcome = { readonly waiting: Waiting } & ({ readonly standing: Standing } | { readonly error: unknown })

/** Commands that are decided one after another and recorded together. */
const mostTogether = 500

/**
 * One aggregate in memory. Its commands are decided one after another, each on what the one before it made of the aggregate;
 * nobody is told anything before it is durable. What is in memory can be forgotten at any time.
 */
export class Cell {
  readonly #options: CellOptions
  readonly #queue: Waiting[] = []
  #folded: Folded | undefined
  #working: Promise<void> | undefined

  constructor(options: CellOptions) {
    this.#options = options
  }

  get isBusy(): boolean {
    return this.#working !== undefined
  }

  run(role: CommandRole, item: Outgoing): Promise<Standing> {
    const done = Promise.withResolvers<Standing>()
    this.#queue.push({ role, item, done })
    this.#working ??= this.#work()
    return done.promise
  }

  /** What is durable of it now. */
  async now(): Promise<Standing> {
    if (this.#folded) return this.#folded
    const { reader, definition, id } = this.#options
    const read = await readAggregate(reader, definition, id)
    if (!this.#working) this.#folded ??= read
    return read
  }

  /** The state behind a version that it has had. */
  async at({ version, state }: Standing): Promise<unknown> {
    const { reader, definition, id } = this.#options
    return state ?? (await stateAt(reader, definition, { id, version }))
  }

  async #load(): Promise<Folded> {
    const { reader, definition, id } = this.#options
    this.#folded ??= await readAggregate(reader, definition, id)
    return this.#folded
  }

  async #work(): Promise<void> {
    // In the next turn of promises, so that commands given at one time are decided together.
    await undefined
    while (this.#queue.length > 0) {
      const taken = this.#queue.splice(0, mostTogether)
      try {
        if (!(await this.#take(taken))) {
          this.#folded = undefined
          this.#queue.unshift(...taken)
        }
      } catch (error) {
        this.#folded = undefined
        for (const { done } of taken) done.reject(error)
      }
    }
    this.#working = undefined
  }

  /** False if somebody else has appended in between: then all is decided again. */
  async #take(taken: readonly Waiting[]): Promise<boolean> {
    const folded = await this.#load()
    const commands = new Map<string, number>()
    const events: Made[] = []
    const outcomes: Outcome[] = []
    let now: Standing = folded
    for (const waiting of taken) {
      const { effectKey } = waiting.item
      const before = commands.get(effectKey) ?? (await this.#known(folded, effectKey))
      if (before !== undefined) {
        const state = before === now.version ? now.state : undefined
        outcomes.push({ waiting, standing: { version: before, state } })
        continue
      }
      const made = this.#decide(waiting, now)
      outcomes.push({ waiting, ...made })
      if (!('standing' in made) || made.events.length === 0) continue
      now = made.standing
      events.push(...made.events)
      commands.set(effectKey, now.version)
    }
    if (events.length > 0 && !(await this.#record(folded, now, events, commands))) return false
    for (const outcome of outcomes)
      if ('error' in outcome) outcome.waiting.done.reject(outcome.error)
      else outcome.waiting.done.resolve(outcome.standing)
    return true
  }

  #decide(
    { role, item }: Waiting,
    now: Standing,
  ): { readonly standing: Standing; readonly events: readonly Made[] } | { readonly error: unknown } {
    try {
      return decided(role, { id: this.#options.id, now }, item, this.#options.now())
    } catch (error) {
      return { error }
    }
  }

  /** The version behind a command that has been carried out before. */
  async #known({ commands, isLong }: Folded, effectKey: string): Promise<number | undefined> {
    const recent = commands.get(effectKey)
    if (recent !== undefined || !isLong) return recent
    const { reader, definition, id } = this.#options
    const [done] = await reader.streams.events({ ...commandStream(definition.name, effectKey), limit: 1 })
    const found = done?.data as { readonly id: string; readonly version: number } | undefined
    return found?.id === id ? found.version : undefined
  }

  async #record(
    before: Folded,
    now: Standing,
    events: readonly Made[],
    commands: ReadonlyMap<string, number>,
  ): Promise<boolean> {
    const { definition, id, append, onAppended } = this.#options
    const { snapshotEvery } = definition
    const isDue = Math.floor(now.version / snapshotEvery) > Math.floor(before.version / snapshotEvery)
    if (isDue) await this.#keepCommands(before.commands)
    const snapshot: Snapshot | undefined = isDue
      ? { of: definition.version, state: now.state as Json, commands: [...commands] }
      : undefined
    const outbox = this.#outbox(events)
    let appended: Appended | undefined
    try {
      appended = await append({
        ...aggregateStream(definition.name, id),
        version: before.version,
        events: events.map(({ written }) => written),
        state: 'open',
        snapshot: snapshot as unknown as Json,
        messages: outbox?.messages,
      })
    } finally {
      outbox?.end(appended?.status === 'appended' ? appended.accepted : undefined)
    }
    if (appended.status === 'conflict') return false
    const known = isDue ? new Map(commands) : before.commands
    for (const [effectKey, version] of commands) known.set(effectKey, version)
    this.#folded = { ...now, commands: known, isLong: before.isLong || isDue }
    onAppended()
    return true
  }

  /** Before their events go behind a snapshot: where each command can be found without reading these. */
  async #keepCommands(commands: ReadonlyMap<string, number>): Promise<void> {
    const { definition, id, append, now } = this.#options
    const kept = [...commands].map(([effectKey, version]) =>
      append({
        ...commandStream(definition.name, effectKey),
        version: 0,
        events: [{ type: 'done', data: { id, version }, at: now() }],
        state: 'done',
      }),
    )
    await Promise.all(kept)
  }

  #outbox(events: readonly Made[]): Outbox | undefined {
    const { definition, id, outbox } = this.#options
    const deliveries = events.map(({ event }): Delivery => {
      const { command: _, effectKey: __, cause, ...data } = event
      return { id: `${id}/${data.version}`, data, time: data.at, subject: id, cause }
    })
    return outbox(definition, deliveries)
  }
}
