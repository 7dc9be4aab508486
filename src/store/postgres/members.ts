import { setTimeout as pause } from 'node:timers/promises'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import type { Lease, Membership, NewMember, RequestHandler, Standing, Vitals, Wake } from '../members.ts'
import { leaseTime } from '../members.ts'
import type { JoinOptions } from '../store.ts'
import type { Database } from './database.ts'
import type { Self } from './members-statement.ts'
import { beatText, giveText, joinText, leaveText, takeText } from './members-statement.ts'
import { claimedBy, ownerText } from './ownership.ts'
import { ReadPool } from './read-pool.ts'
import { requireInPlace } from './relocation.ts'
import { Requests } from './requests.ts'
import type { StandingRow } from './standing.ts'
import { standingOf } from './standing.ts'
import { fromText, toText } from './stored-text.ts'
import type { Notice } from './waking.ts'
import { Listener, noticeText } from './waking.ts'

/** What a member needs of its store; the pool is the store's. */
export interface Place {
  readonly database: Database
  readonly pool: ReadPool
}

type Given = Pick<Membership, 'token' | 'partitions'>

/**
 * Joins, and gives the store's part of the membership. Whoever died a moment ago may still be known to the server as
 * the owner: it gets a second to find out.
 */
export async function join(
  { database, pool }: Place,
  member: NewMember,
  { partitions = 16, lease = leaseTime }: JoinOptions,
): Promise<PostgresMembership> {
  const { schema } = database.options
  const self = { schema, id: member.id, lease }
  const text = joinText(self, member, partitions)
  for (const until = performance.now() + 1000; ; await pause(50)) {
    const [given] = await pool.run<Record<keyof Given, string>>({ text, values: [] }, 'joining')
    if (given !== undefined) {
      const numbers = { token: Number(given.token), partitions: Number(given.partitions) }
      const membership = new PostgresMembership({ database, pool }, self, member, numbers)
      // Afterwards: while it is a member, nobody moves the store.
      await requireInPlace(query => pool.run(query), schema).catch(async error => {
        await membership.leave()
        throw error
      })
      await membership.listen()
      return membership
    }
    if (performance.now() < until) continue
    const [owner] = await pool.run<{ name: string; since: string }>({ text: ownerText(schema), values: [] })
    throw claimedBy(schema, owner ?? { name: 'somebody', since: 'now' })
  }
}

/** Everything it asks of the server may be repeated, and is when an answer was lost: the same twice is once. */
export class PostgresMembership implements Membership {
  readonly member: NewMember
  readonly partitions: number
  readonly lease: number
  readonly token: number
  readonly #self: Self
  readonly #pool: ReadPool
  /** Signs of life wait behind nothing. */
  readonly #pulse: ReadPool
  readonly #listener: Listener
  readonly #requests: Requests
  readonly #wakes: ((wake: Wake) => void)[] = []
  /** Names of the leases that it holds, and of those that are free, as far as it knows. */
  #held: ReadonlySet<string> = new Set()
  #free: ReadonlySet<string> = new Set()
  #alone = false
  #turn = 0
  /** The `leaving` of which the others were told. */
  #told: boolean | undefined
  #ending: Promise<unknown> | undefined

  constructor({ database, pool }: Place, self: Self, member: NewMember, { token, partitions }: Given) {
    this.member = member
    this.partitions = partitions
    this.lease = self.lease
    this.token = token
    this.#self = self
    this.#pool = pool
    this.#pulse = new ReadPool(database, 1)
    this.#requests = new Requests(pool, self)
    this.#listener = new Listener(
      database,
      notice => this.#hear(notice),
      () => this.#wake('leases', 'messages'),
    )
  }

  /** Resolves when it hears of the others, or cannot for now. */
  async listen(): Promise<void> {
    await this.#listener.start()
  }

  async beat(vitals: Vitals): Promise<Standing> {
    if (this.ended) throw this.#forgotten()
    const text = beatText(this.#self, vitals, vitals.leaving !== this.#told)
    const silence = Math.max(this.#self.lease / 3, 1000)
    const query = { text, values: [] }
    const [row] = await this.#pulse.run<StandingRow & Known & { now: number }>(
      query,
      'showing a sign of life',
      silence,
    )
    if (!row?.known) throw this.#forgotten()
    this.#told = vitals.leaving
    const standing = { ...standingOf(row), now: row.now }
    this.#learn(standing)
    return standing
  }

  async take(names: readonly string[]): Promise<Lease[]> {
    if (names.length === 0) return []
    const text = takeText(this.#self, ++this.#turn, names)
    const [row] = await this.#ask<TakeRow>(text, 'taking leases')
    if (!row?.known) throw this.#forgotten()
    if (!row.turn) return await this.take(names) // overtaken by something that was asked later
    const leases = row.leases.map(([name, token, clean]) => ({ name: fromText(name), token, clean }))
    this.#hold([...this.#held, ...leases.map(({ name }) => name)])
    return leases
  }

  async give(leases: readonly Pick<Lease, 'name' | 'token'>[]): Promise<void> {
    if (leases.length === 0) return
    const given = new Set(leases.map(({ name }) => name))
    this.#hold([...this.#held].filter(name => !given.has(name)))
    await this.#ask(giveText(this.#self, ++this.#turn, leases), 'giving back leases')
  }

  onWake(listener: (wake: Wake) => void): void {
    this.#wakes.push(listener)
  }

  async ask(lease: string, request: Json, signal?: AbortSignal): Promise<Json> {
    return await this.#requests.ask(lease, request, signal)
  }

  onRequest(handler: RequestHandler): void {
    this.#requests.handle(handler)
  }

  async leave(): Promise<void> {
    this.#hold([])
    await this.#ask(leaveText(this.#self), 'leaving')
    await this.end()
  }

  /** Does nothing more, as if the process had ended: what it holds stays until it expires. */
  end(): Promise<void> {
    this.#requests.close()
    this.#ending ??= Promise.all([this.#listener.close(), this.#pulse.close()])
    return this.#ending.then(() => undefined)
  }

  get ended(): boolean {
    return this.#ending !== undefined
  }

  /** Whether there was nobody else when this was last known. */
  get alone(): boolean {
    return this.#alone
  }

  async #ask<Row extends object>(text: string, doing: string): Promise<Row[]> {
    return await this.#pool.run<Row>({ text, values: [] }, doing)
  }

  #hold(names: readonly string[]): void {
    this.#held = new Set(names)
    this.#requests.hold(this.#held)
  }

  #learn({ members, leases }: Standing): void {
    const { id } = this.member
    this.#alone = members.every(member => member.id === id)
    this.#hold(leases.filter(({ holder }) => holder === id).map(({ name }) => name))
    const free = new Set(leases.filter(({ holder }) => holder === undefined).map(({ name }) => name))
    const more = [...free].some(name => !this.#free.has(name))
    this.#free = free
    if (more) this.#wake('leases')
  }

  #hear({ what, about }: Notice): void {
    const own = about === toText(this.member.id)
    if (!own) this.#alone = false
    if (what === 'request') this.#requests.asked(fromText(about))
    else if (what === 'answer') own && this.#requests.answered()
    else if (!own && (what === 'leases' || what === 'messages')) this.#wake(what)
  }

  #wake(...wakes: readonly Wake[]): void {
    if (this.ended) return
    for (const wake of wakes) for (const listener of this.#wakes) listener(wake)
  }

  #forgotten(): IsthmusError {
    return new IsthmusError(
      'STORE-FENCED',
      `${this.member.name} (${this.member.id}) is not a member of the store any more: it has left, or the store was claimed meanwhile`,
    )
  }
}

interface Known {
  readonly known: boolean
}

interface TakeRow extends Known {
  readonly turn: boolean
  readonly leases: readonly (readonly [name: string, token: number, clean: boolean])[]
}

/** What a change that accepted messages tells the others; nothing if there are none. */
export function messagesNotice(memberships: ReadonlySet<PostgresMembership>): string | null {
  const [first, ...more] = [...memberships].filter(({ ended }) => !ended)
  if (first === undefined || (more.length === 0 && first.alone)) return null
  return noticeText('messages', more.length === 0 ? toText(first.member.id) : '')
}
