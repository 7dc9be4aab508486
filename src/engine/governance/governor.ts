import { type ErrorCode, IsthmusError, reasonOf } from '../../errors.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Governance, parseRate } from '../../system/governance.ts'
import type { Host } from '../host.ts'
import { Circuit } from './circuit.ts'
import { FairQueue } from './fair-queue.ts'
import { Quota } from './quota.ts'
import { TokenBucket } from './token-bucket.ts'

/** Repeats a second that are always allowed, and how many of every ten first attempts may be repeated beyond that. */
const repeats = { perSecond: 20, burst: 40, share: 0.2 }

/** How one system's calls are going. */
export interface GovernorState {
  /** Why calls wait; undefined while they go. */
  readonly reason: string | undefined
  /** Messages and requests that wait for their turn. */
  readonly waiting: number
}

/**
 * Governs the calls of one system for all that use it: circuit breaker, quota, budget of repeats, calls at a time.
 * `admit` comes first, before anything is noted about an effect, so that what waits has certainly not been sent.
 */
export class Governor {
  readonly deadline: number
  readonly #circuit: Circuit
  readonly #quota: Quota
  readonly #repeats: TokenBucket
  readonly #repeating = new FairQueue()
  readonly #slots: FairQueue
  readonly #host: Host
  readonly #system: string
  readonly #stop = new AbortController()
  /** Ends all waiting. */
  #ends: AbortSignal
  /** Most calls at a time, for all that share them. */
  readonly #concurrency: number
  #most: number
  #running = 0
  #unreachable: string | undefined
  readonly #connecting = new FairQueue()
  #timer: (() => void) | undefined

  constructor(
    system: string,
    governance: Governance,
    host: Host,
    onChange: (reason: string | undefined) => void,
  ) {
    const { quota, concurrency, timeout = '60s', breaker = {} } = governance
    const { failures = 5, first = '1s', longest = '30s' } = breaker
    const pauses = { first: parseDuration(first), longest: parseDuration(longest) }
    this.#system = system
    this.#host = host
    this.deadline = parseDuration(timeout)
    this.#circuit = new Circuit(host, { failures, ...pauses }, onChange)
    this.#quota = new Quota(host, quota === undefined ? undefined : parseRate(quota))
    this.#repeats = new TokenBucket(host, repeats)
    this.#concurrency = concurrency ?? Number.POSITIVE_INFINITY
    this.#most = this.#concurrency
    this.#slots = new FairQueue()
    this.#ends = AbortSignal.abort(this.#notCalled('it was not called at the start'))
  }

  get state(): GovernorState {
    const pause = this.#quota.pause
    const told = pause > 0 ? `it wants not to be called for ${Math.ceil(pause / 1000)} s` : undefined
    const waiting = this.#circuit.waiting + this.#quota.waiting + this.#repeating.size + this.#connecting.size
    return { reason: this.#unreachable ?? this.#circuit.reason ?? told, waiting }
  }

  /** Why there is no connection; undefined once there is one. */
  set unreachable(reason: string | undefined) {
    this.#unreachable = reason
    if (reason === undefined) this.#connecting.all()
  }

  /** So many members of the store call the system: each has its part of what is declared, and at least one call. */
  set sharers(count: number) {
    this.#quota.sharers = count
    this.#most = Math.max(1, Math.floor(this.#concurrency / count))
    while (this.#running < this.#most && this.#slots.next()) this.#running++
  }

  /**
   * Undefined if a message of `name` may be sent now; else resolves when it may. Rejects with TARGET-UNAVAILABLE when
   * the engine stops, and where it has not started, since nobody can wait then; or with the reason of the signal.
   */
  admit(name: string, repeat: boolean, signal?: AbortSignal): Promise<void> | undefined {
    if (!repeat) this.#repeats.add(repeats.share)
    const until = signal ? AbortSignal.any([signal, this.#ends]) : this.#ends
    return this.#admit(name, repeat, until)
  }

  /** From now on whoever asks waits for its turn. */
  start(): void {
    this.#ends = this.#stop.signal
  }

  #admit(name: string, repeat: boolean, until: AbortSignal): Promise<void> | undefined {
    if (this.#unreachable !== undefined)
      return this.#connecting.wait(name, until).then(() => this.#admit(name, repeat, until))
    const passing = this.#circuit.pass(name, until)
    if (passing || repeat) return this.#wait(name, repeat, until, passing)
    const { openings } = this.#circuit
    const turn = this.#quota.take(name, until)
    return turn?.then(() => this.#again(openings, name, until))
  }

  async #wait(name: string, repeat: boolean, until: AbortSignal, passing?: Promise<void>): Promise<void> {
    await passing
    const { openings } = this.#circuit
    if (repeat) await this.#repeat(name, until)
    await this.#quota.take(name, until)
    return this.#again(openings, name, until)
  }

  /** A circuit that opened while the quota was waited for holds it back. */
  #again(openings: number, name: string, until: AbortSignal): Promise<void> | undefined {
    return this.#circuit.openings === openings ? undefined : this.#admit(name, false, until)
  }

  /** Waits for one of the calls at a time. Gives the function that ends it. */
  slot(name: string, signal: AbortSignal): Promise<() => void> | (() => void) {
    const release = once(() => {
      if (this.#running > this.#most || !this.#slots.next()) this.#running--
    })
    if (this.#running < this.#most) {
      this.#running++
      return release
    }
    return this.#slots.wait(name, signal).then(() => release)
  }

  /** What came of a call: nothing if it was answered well, or the error. */
  told(error: unknown): void {
    const kind = kindOf(error)
    if (kind === 'answered') this.#circuit.succeeded()
    if (kind === 'failed') this.#circuit.failed(reasonOf(error))
    if (kind === 'throttled') this.#throttled(error as IsthmusError)
  }

  #throttled({ retryAfter, detail }: IsthmusError): void {
    if (retryAfter !== undefined) this.#quota.rest(retryAfter)
    if (detail.status === 429) this.#quota.tooMuch()
  }

  /** The error as the flow gets it: what a system that is down or wants a rest does to a message is not counted. */
  judged(error: unknown): unknown {
    const down = this.#circuit.reason !== undefined || this.#unreachable !== undefined
    const kind = kindOf(error)
    if (!(error instanceof IsthmusError) || !(kind === 'throttled' || (kind === 'failed' && down)))
      return error
    return uncounted(error)
  }

  /** Whoever waits is told that the engine stops. */
  stop(): void {
    this.#stop.abort(this.#notCalled('the engine stopped'))
    this.#circuit.stop()
    this.#quota.stop()
    this.#timer?.()
  }

  /** For a source that calls its system: admitted, and one of the calls at a time. See `ConnectContext.turn`. */
  async turn(signal: AbortSignal): Promise<(error?: unknown) => void> {
    await this.admit('sources', false, signal)
    const release = await this.slot('sources', signal)
    return error => {
      release()
      this.told(error)
    }
  }

  #notCalled(why: string): IsthmusError {
    const text = `System ${this.#system} had to be waited for, and ${why}.`
    return uncounted(new IsthmusError('TARGET-UNAVAILABLE', text))
  }

  async #repeat(name: string, until: AbortSignal): Promise<void> {
    if (this.#repeating.size === 0 && this.#repeats.take()) return
    const turn = this.#repeating.wait(name, until)
    this.#arm()
    return turn
  }

  #arm(): void {
    this.#timer?.()
    this.#timer = undefined
    if (this.#repeating.size === 0) return
    this.#timer = this.#host.after(Math.max(1, this.#repeats.wait), () => {
      while (this.#repeating.size > 0 && this.#repeats.take()) this.#repeating.next()
      this.#arm()
    })
  }
}

/** What a call's end says about the system. */
function kindOf(error: unknown): 'answered' | 'failed' | 'throttled' | 'neutral' {
  if (error === undefined) return 'answered'
  if (!(error instanceof IsthmusError)) return 'failed'
  const passes = error.code === 'TARGET-UNAVAILABLE' || error.code === 'TARGET-UNANSWERED'
  if (error.detail.status === 429 || (passes && error.retryAfter !== undefined)) return 'throttled'
  if (passes) return 'failed'
  return answers.has(error.code) ? 'answered' : 'neutral'
}

const answers: ReadonlySet<ErrorCode> = new Set(['TARGET-REFUSED', 'TARGET-CHANGED', 'TARGET-CONTRACT'])

/** Marked so that it does not use up the attempts of its message. */
function uncounted(error: IsthmusError): IsthmusError {
  const { code, message, detail, fate, retryAfter } = error
  return new IsthmusError(code, message, {
    cause: error,
    detail: { ...detail, uncounted: true },
    fate,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

function once(end: () => void): () => void {
  let ended = false
  return () => {
    if (!ended) end()
    ended = true
  }
}
