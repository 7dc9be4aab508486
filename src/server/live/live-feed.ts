import { randomBytes } from 'node:crypto'
import { type Actor, can, seesAll } from '../people/permissions.ts'

/** What a value is about: who may not see all of it is not told of it. */
export interface About {
  readonly flows?: readonly string[] | undefined
  readonly system?: string | undefined
}

/** Someone who listens. */
export interface Listener {
  readonly actor: Actor
  /** Where it had come to, as an id of an event says it. */
  readonly cursor: string | undefined
  /** Whether the actor may still listen; asked now and then. */
  alive(): boolean | Promise<boolean>
  /** False where the listener is too slow: then it is cut, and comes back with its cursor. */
  write(text: string): boolean
  end(): void
}

interface Value {
  readonly text: string
  readonly about: About
}

interface Told {
  readonly n: number
  readonly items: readonly Value[]
  /** For those who may see everything. */
  readonly all: string
}

const bounds = { changes: 2_000, characters: 4_000_000, listeners: 500 }
/** Changes are told at most so often, milliseconds. */
const pace = 250
const beat = 15_000

/**
 * Tells all who listen what has changed, in order: each change is made once for everybody. Each has a cursor, from which
 * one goes on who was away, with nothing lost and nothing told twice. Who was away for too long, or knows the cursor of
 * another process, gets a `reset` with everything as it stands.
 */
export class LiveFeed {
  readonly #epoch = randomBytes(4).toString('hex')
  /** By topic and key; a value is JSON with its topic and key in it. */
  readonly #values = new Map<string, Value>()
  readonly #dirty = new Set<string>()
  readonly #told: Told[] = []
  readonly #listeners = new Set<Listener>()
  readonly #timer: NodeJS.Timeout
  readonly #beat: NodeJS.Timeout
  readonly #sample: () => Promise<void> | void
  #characters = 0
  #n = 0
  #sampling = false

  /** `sample` puts what is looked at rather than told; asked while somebody listens. */
  constructor(sample: () => Promise<void> | void = () => {}) {
    this.#sample = sample
    this.#timer = setInterval(() => this.#tick(), pace)
    this.#beat = setInterval(() => this.#keep(), beat)
    this.#timer.unref()
    this.#beat.unref()
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Says how something stands; told if it has changed. `undefined` is for what is there no more. */
  put(topic: string, key: string, value: object | undefined, about: About = {}): void {
    const name = `${topic} ${key}`
    const text = JSON.stringify({ topic, key, value: value ?? null })
    if (this.#values.get(name)?.text === text) return
    this.#values.set(name, { text, about })
    this.#dirty.add(name)
  }

  /** False where too many listen already. */
  async listen(listener: Listener): Promise<boolean> {
    if (this.#listeners.size >= bounds.listeners) return false
    await this.#sampled()
    this.tell()
    const missed = this.#behind(listener.cursor)
    if (missed) for (const told of missed) this.#write(listener, told)
    else this.#reset(listener)
    this.#listeners.add(listener)
    return true
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#timer)
    clearInterval(this.#beat)
    for (const listener of [...this.#listeners]) this.#cut(listener)
  }

  /** Tells what has changed. */
  tell(): void {
    if (this.#dirty.size === 0) return
    const items: Value[] = []
    for (const name of this.#dirty) {
      const value = this.#values.get(name) as Value
      items.push(value)
      if (value.text.endsWith('"value":null}')) this.#values.delete(name)
    }
    this.#dirty.clear()
    const n = ++this.#n
    const told = { n, items, all: this.#event('change', n, items) }
    this.#told.push(told)
    this.#characters += told.all.length
    while (this.#told.length > bounds.changes || this.#characters > bounds.characters)
      this.#characters -= (this.#told.shift() as Told).all.length
    for (const listener of [...this.#listeners]) this.#write(listener, told)
  }

  async #tick(): Promise<void> {
    if (this.#listeners.size === 0) return
    await this.#sampled()
    this.tell()
  }

  async #sampled(): Promise<void> {
    if (this.#sampling) return
    this.#sampling = true
    try {
      await this.#sample()
    } catch {
      // A store that is away for now: what is not told now is told later.
    } finally {
      this.#sampling = false
    }
  }

  /** Undefined where changes are lost behind the cursor. */
  #behind(cursor: string | undefined): readonly Told[] | undefined {
    const [, epoch, number] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(cursor ?? '') ?? []
    const n = Number(number)
    if (epoch !== this.#epoch || n > this.#n) return undefined
    const oldest = this.#told[0]?.n ?? this.#n + 1
    return n + 1 < oldest ? undefined : this.#told.slice(n + 1 - oldest)
  }

  #reset(listener: Listener): void {
    const items = [...this.#values.values()].filter(value => this.#mayKnow(listener, value))
    this.#send(listener, this.#event('reset', this.#n, items))
  }

  #write(listener: Listener, { n, items, all }: Told): void {
    const isAll = seesAll(listener.actor)
    const seen = isAll ? items : items.filter(value => this.#mayKnow(listener, value))
    if (seen.length > 0) this.#send(listener, isAll ? all : this.#event('change', n, seen))
  }

  #send(listener: Listener, text: string): void {
    if (!listener.write(text)) this.#cut(listener)
  }

  #cut(listener: Listener): void {
    this.#listeners.delete(listener)
    listener.end()
  }

  #event(event: 'change' | 'reset', n: number, items: readonly Value[]): string {
    const data = `{"at":${Date.now()},"items":[${items.map(({ text }) => text).join(',')}]}`
    return `id: ${this.#epoch}-${n}\nevent: ${event}\ndata: ${data}\n\n`
  }

  #mayKnow({ actor }: Listener, { about: { flows = [], system } }: Value): boolean {
    const maySystem = system === undefined || can(actor, 'view', { system }).allowed
    return maySystem && flows.every(flow => can(actor, 'view', { flow }).allowed)
  }

  async #keep(): Promise<void> {
    for (const listener of [...this.#listeners]) {
      const isAlive = await Promise.resolve(listener.alive()).catch(() => false)
      if (isAlive) this.#send(listener, ': beat\n\n')
      else this.#cut(listener)
    }
  }
}
