import assert from 'node:assert/strict'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import type { Delivery, Position } from '../../message/message.ts'
import type { AcceptOptions, Intake, Receipt } from '../../system/roles.ts'
import type { SourceCapabilities, SourceFixture } from './fixture.ts'

/** One call of `accept` that carries deliveries, before anything of it is durable. */
export interface Call {
  /** Counts the calls of a scenario from 1. */
  readonly number: number
  readonly deliveries: readonly Delivery[]
}

/** What becomes of a call. The process of the source may die before it is durable, or before the source hears of it. */
export type Verdict = 'keep' | 'closed' | 'broken' | 'dies before' | 'dies after'

/**
 * What an engine would have stored, over any number of lives of the source's process. It watches the promises of
 * sources at every call, and keeps the first that is broken.
 */
export class Journal {
  /** Decides about each call; may wait. */
  plan: (call: Call) => Verdict | Promise<Verdict> = () => 'keep'
  /** Texts of the records that were put, by number. */
  readonly expected = new Map<number, string>()
  /** Numbers of the records that are durable, in the order in which they became so first. */
  readonly taken: number[] = []
  /** Deliveries that were durable already. */
  repeated = 0
  readonly defects: Delivery[] = []
  position: Json | undefined
  broken: unknown
  calls = 0
  readonly #fixture: SourceFixture
  readonly #capabilities: SourceCapabilities
  readonly #ids = new Map<number, string | undefined>()
  readonly #known = new Set<string>()

  constructor(fixture: SourceFixture, capabilities: SourceCapabilities) {
    this.#fixture = fixture
    this.#capabilities = capabilities
  }

  /** Throws where these deliveries break a promise; nothing is kept of them yet. */
  async inspect(deliveries: readonly Delivery[], position: Position | undefined): Promise<void> {
    const copy: unknown = position === undefined ? undefined : JSON.parse(JSON.stringify(position))
    assert.deepStrictEqual(copy, position, 'a position is what JSON can say')
    const numbers = deliveries
      .filter(({ defect }) => defect === undefined)
      .map(each => this.#inspectOne(each))
    const early = (await this.#fixture.acknowledged?.()) ?? []
    const open = numbers.filter(n => !this.taken.includes(n))
    assert.deepEqual(
      open.filter(n => early.includes(n)),
      [],
      'these records were acknowledged before they were durable',
    )
  }

  keep(deliveries: readonly Delivery[], position: Position | undefined): Receipt[] {
    if (position !== undefined) this.position = JSON.parse(JSON.stringify(position))
    return deliveries.map(delivery => this.#keepOne(delivery))
  }

  #inspectOne(delivery: Delivery): number {
    assert.ok(delivery.data !== undefined || delivery.body !== undefined, 'a delivery carries data or bytes')
    const { n, text } = this.#fixture.recordOf(delivery)
    assert.ok(this.expected.has(n), `record ${n} was never put`)
    assert.equal(text, this.expected.get(n), `record ${n} is not as it was put`)
    if (!this.#capabilities.identified) return n
    assert.equal(typeof delivery.id, 'string', `record ${n} has no id`)
    assert.equal(this.#ids.get(n) ?? delivery.id, delivery.id, `record ${n} came with two ids`)
    this.#ids.set(n, delivery.id)
    assert.equal(new Set(this.#ids.values()).size, this.#ids.size, `record ${n} has the id of another`)
    return n
  }

  #keepOne(delivery: Delivery): Receipt {
    const { id, defect } = delivery
    const isKnown = id !== undefined && this.#known.has(id)
    if (id !== undefined) this.#known.add(id)
    const n = defect === undefined ? this.#fixture.recordOf(delivery).n : undefined
    if (isKnown || (n !== undefined && this.taken.includes(n))) this.repeated++
    else if (n === undefined) this.defects.push(delivery)
    else this.taken.push(n)
    return { status: isKnown ? 'duplicate' : 'accepted', id: id ?? `message ${this.taken.length}` }
  }
}

/** What one life of the source's process sees of the journal. */
export class Life implements Intake {
  /** Resolves when the process dies. */
  readonly death = Promise.withResolvers<void>()
  /** Calls that are not answered. */
  underWay = 0
  readonly #journal: Journal
  readonly #readAhead: number
  #handed = 0
  #isDead = false
  #positioned = false
  readonly #silence = Promise.withResolvers<never>()

  constructor(journal: Journal, readAhead: number) {
    this.#journal = journal
    this.#readAhead = readAhead
    this.#silence.promise.catch(() => {})
  }

  get isDead(): boolean {
    return this.#isDead
  }

  async position(): Promise<Position | undefined> {
    return this.#isDead ? this.#silence.promise : structuredClone(this.#journal.position)
  }

  async accept(deliveries: readonly Delivery[], options: AcceptOptions = {}): Promise<Receipt[]> {
    if (this.#isDead) return this.#silence.promise
    const alone = options.position !== undefined
    this.#watch(() => {
      assert.ok(
        this.underWay === 0 || !(alone || this.#positioned),
        'calls with a position come one at a time',
      )
      assert.ok(
        this.#handed + deliveries.length <= this.#readAhead,
        `more than ${this.#readAhead} handed over`,
      )
    })
    this.underWay++
    this.#handed += deliveries.length
    this.#positioned = alone
    try {
      return await this.#judge(deliveries, options.position)
    } finally {
      this.underWay--
      this.#handed -= deliveries.length
      this.#positioned = false
    }
  }

  /** Lets go what waits for an answer that never comes. */
  release(): void {
    this.#silence.reject(new Error('the process is dead'))
  }

  async #judge(deliveries: readonly Delivery[], position: Position | undefined): Promise<Receipt[]> {
    const journal = this.#journal
    await journal.inspect(deliveries, position).catch(error => this.#watch(() => assert.fail(error)))
    const call = { number: deliveries.length === 0 ? journal.calls : ++journal.calls, deliveries }
    const verdict = deliveries.length === 0 ? 'keep' : await journal.plan(call)
    if (this.#isDead) return this.#silence.promise
    if (verdict === 'closed')
      throw new IsthmusError('ADMISSION-CLOSED', 'closed by the suite', { retryAfter: 1 })
    if (verdict === 'broken') throw new Error('the intake failed')
    if (verdict === 'dies before') return this.#die()
    const receipts = journal.keep(deliveries, position)
    return verdict === 'dies after' ? this.#die() : receipts
  }

  #die(): Promise<never> {
    this.#isDead = true
    this.death.resolve()
    return this.#silence.promise
  }

  #watch(promise: () => void): void {
    try {
      promise()
    } catch (error) {
      this.#journal.broken ??= error
      throw error
    }
  }
}
