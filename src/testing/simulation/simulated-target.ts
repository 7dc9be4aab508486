import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing, Probed } from '../../system/roles.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How a target behaves towards one item. */
type Behaviour =
  | 'ok'
  | 'refused'
  | 'changed'
  | 'unavailable'
  | 'out'
  | 'lost before'
  | 'lost after'
  | 'hang'
  | 'hang after'
  | 'odd error'

/** What is sent to a target that compares. */
export interface Versioned {
  readonly record: string
  readonly version: number
}

/** Versions of the records of a target, each one higher with each effect. */
export class Versions {
  readonly #versions = new Map<string, number>()
  readonly #keysFirst: boolean

  /** `keysFirst`: a known effect key is good, whatever the version; else the version is looked at first. */
  constructor(keysFirst: boolean) {
    this.#keysFirst = keysFirst
  }

  of(record: string): number {
    return this.#versions.get(record) ?? 0
  }

  isOutdated({ record, version }: Versioned, isKnown: boolean): boolean {
    return version !== this.of(record) && !(isKnown && this.#keysFirst)
  }

  grow({ record }: Versioned): void {
    this.#versions.set(record, this.of(record) + 1)
  }
}

export interface TargetFaults {
  /** That an item meets trouble at all. */
  readonly trouble: number
  /** That a target is down for a while, per call. */
  readonly outage: number
}

export interface Outage {
  /** Virtual time. */
  readonly from: number
  readonly to: number
}

export interface Applied {
  readonly messageId: string
  readonly key: string
  readonly effectKey: string
  readonly data: unknown
  readonly at: number
}

/** A system outside: it goes on when the engine's process dies, and what it has been sent may still take effect. */
export class SimulatedTarget {
  readonly name: string
  readonly repeatable: boolean
  /** Every effect in the order in which it happened. */
  readonly effects: Applied[] = []
  /** Every call that was made, whatever came of it. */
  readonly calls: Outgoing[] = []
  /** Effect keys of which a probe once could not tell. */
  readonly untold = new Set<string>()
  faults: TargetFaults = { trouble: 0, outage: 0 }
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  readonly #log: (text: string) => void
  readonly #done = new Set<string>()
  readonly #underWay = new Map<string, Promise<Behaviour>>()
  readonly #outage: Outage | undefined
  readonly #refusesLate: boolean
  readonly #versions: Versions | undefined
  #downUntil = 0

  constructor(options: {
    name: string
    repeatable: boolean
    time: VirtualTime
    random: SeededRandom
    log: (text: string) => void
    outage?: Outage | undefined
    /** What it refuses it may have taken before, without an answer. */
    refusesLate?: boolean
    /** It takes only what names the version that a record has. */
    versions?: Versions | undefined
  }) {
    this.name = options.name
    this.repeatable = options.repeatable
    this.#time = options.time
    this.#random = options.random
    this.#log = options.log
    this.#outage = options.outage
    this.#refusesLate = options.refusesLate ?? false
    this.#versions = options.versions
  }

  /** A batch with an item that must be refused is, by chance, refused as a whole. */
  async take(items: readonly Outgoing[]): Promise<Answer[]> {
    if (this.#random.chance(this.faults.outage))
      this.#downUntil = this.#time.now + this.#random.int(100, 20_000)
    const refused = !this.#isOut && items.some(({ data }) => isPoison(data))
    if (refused && items.length > 1 && this.#random.chance(0.5)) {
      await this.#time.sleep(this.#random.next() * 5)
      throw new IsthmusError('TARGET-REFUSED', `${this.name} refuses the whole batch`)
    }
    return Promise.all(items.map(item => this.#takeOne(item)))
  }

  /** Waits for what is under way under this key, then knows. */
  async probe({ effectKey }: Outgoing): Promise<Probed> {
    await this.#underWay.get(effectKey)
    await this.#time.sleep(this.#random.next() * 5)
    if (this.#isOut) throw downError(this.#random, this.name)
    if (this.#time.now < this.#downUntil) throw new IsthmusError('TARGET-UNAVAILABLE', `${this.name} is down`)
    if (this.#random.chance(this.faults.trouble / 4)) {
      this.untold.add(effectKey)
      return { outcome: 'unknown' }
    }
    return { outcome: this.#done.has(effectKey) ? 'done' : 'absent' }
  }

  /** Resolves when nothing that was sent under this key can take effect any more. */
  async settled(effectKey: string): Promise<void> {
    await this.#underWay.get(effectKey)
  }

  times(effectKey: string): number {
    return this.effects.filter(effect => effect.effectKey === effectKey).length
  }

  happened(effectKey: string): boolean {
    return this.#done.has(effectKey)
  }

  async #takeOne(item: Outgoing): Promise<Answer> {
    this.calls.push(item)
    const handling = this.#handle(item)
    this.#underWay.set(item.effectKey, handling)
    const behaviour = await handling
    if (behaviour === 'changed') return no('TARGET-CHANGED', `${this.name} has changed`)
    if (behaviour === 'refused') return no('TARGET-REFUSED', `${this.name} refuses`)
    if (behaviour === 'out') return { ok: false, error: downError(this.#random, this.name) }
    if (behaviour === 'unavailable') return no('TARGET-UNAVAILABLE', `${this.name} is down`)
    if (behaviour === 'lost before' || behaviour === 'lost after') return no('TARGET-UNANSWERED', 'reset')
    if (behaviour === 'hang' || behaviour === 'hang after') return new Promise(() => {})
    if (behaviour === 'odd error') return { ok: false, error: new Error('something odd') }
    await this.#time.sleep(this.#random.next() * 5)
    return { ok: true, result: { by: this.name } }
  }

  /** What the target does with an item, whoever still waits for the answer. */
  async #handle(item: Outgoing): Promise<Behaviour> {
    await this.#time.sleep(this.#random.next() * 5)
    if (this.#isOut) return 'out'
    const behaviour = isPoison(item.data) ? this.#refusal(item) : this.#behaviour()
    if (!['ok', 'lost after', 'hang after', 'odd error'].includes(behaviour)) return behaviour
    const happened = await this.#effect(item)
    return happened || behaviour !== 'ok' ? behaviour : 'changed'
  }

  #refusal({ effectKey }: Outgoing): Behaviour {
    const calls = this.calls.filter(call => call.effectKey === effectKey).length
    if (!this.#refusesLate || calls > 1 || this.#random.chance(0.6)) return 'refused'
    return this.#random.pick(['lost before', 'lost after'])
  }

  get #isOut(): boolean {
    const { now } = this.#time
    return this.#outage !== undefined && now >= this.#outage.from && now < this.#outage.to
  }

  #behaviour(): Behaviour {
    if (this.#time.now < this.#downUntil) return 'unavailable'
    if (!this.#random.chance(this.faults.trouble)) return 'ok'
    return this.#random.pick(['unavailable', 'lost before', 'lost after', 'hang', 'hang after', 'odd error'])
  }

  /** Whether it has happened, now or before. */
  async #effect(item: Outgoing): Promise<boolean> {
    const { effectKey, messageId, key, data } = item
    await this.#time.sleep(this.#random.next() * 20)
    const isKnown = this.repeatable && this.#done.has(effectKey)
    if (this.#versions?.isOutdated(data as Versioned, isKnown)) return false
    if (isKnown) return true
    this.#done.add(effectKey)
    this.effects.push({ messageId, key, effectKey, data, at: this.#time.now })
    this.#versions?.grow(data as Versioned)
    this.#log(`effect ${this.name} ${key} ${effectKey.slice(0, 8)}`)
    return true
  }
}

/** What a call meets during an outage: it certainly does nothing. */
export function downError(random: SeededRandom, name: string): IsthmusError {
  const text = `${name} is out`
  const retryAfter = random.int(1, 20) * 1_000
  if (random.chance(0.6)) return new IsthmusError('TARGET-UNAVAILABLE', text)
  if (random.chance(0.5)) return new IsthmusError('TARGET-UNAVAILABLE', text, { detail: { status: 429 } })
  return new IsthmusError('TARGET-UNAVAILABLE', text, { retryAfter })
}

function no(
  code: 'TARGET-REFUSED' | 'TARGET-CHANGED' | 'TARGET-UNAVAILABLE' | 'TARGET-UNANSWERED',
  reason: string,
): Answer {
  return { ok: false, error: new IsthmusError(code, reason) }
}

function isPoison(data: unknown): boolean {
  return (data as { poison?: boolean }).poison === true
}
