import dns from 'node:dns/promises'
import { buildConnector, Pool } from 'undici'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { checkAddress } from './address-guard.ts'
import { type CallLimits, call, type HttpAnswer, type HttpRequest } from './call.ts'
import type { EndpointOptions } from './config.ts'
import { type Target, targetOf } from './target.ts'

/** Failures in a row after which an endpoint is left out, and for how many milliseconds at first and at most. */
const ejection = { failures: 3, first: 10_000, longest: 300_000 }
const healthLimits = { firstByte: 5_000, total: 5_000, size: 1_048_576 }

interface Place {
  /** `https://host:port`. */
  readonly origin: string
  /** Where that is not looked up, but known. */
  readonly address?: string | undefined
  /** Those of a lower number are preferred. */
  readonly priority: number
}

/** One place at which a system answers. */
export class Endpoint {
  readonly place: Place
  underWay = 0
  healthy = true
  readonly #pool: Pool
  #failures = 0
  #ejections = 0
  #back = 0

  constructor(place: Place, pool: Pool) {
    this.place = place
    this.#pool = pool
  }

  get available(): boolean {
    return this.healthy && this.back <= 0
  }

  /** Milliseconds until it is called again. */
  get back(): number {
    return this.#back - performance.now()
  }

  /** Rejects as `call` does. What comes of it tells how well the endpoint is. */
  async call(request: HttpRequest, limits: CallLimits, signal: AbortSignal): Promise<HttpAnswer> {
    this.underWay++
    try {
      const answer = await call(this.#pool, request, limits, signal)
      this.#ended(answer.status < 500)
      return answer
    } catch (error) {
      if (!signal.aborted) this.#ended(false)
      throw error
    } finally {
      this.underWay--
    }
  }

  /** Calls under way end by themselves, at the latest at their deadline. */
  async close(): Promise<void> {
    if (!this.#pool.closed) await this.#pool.close()
  }

  /** `good`: it was answered, by the system itself. */
  #ended(good: boolean): void {
    if (good) {
      this.#failures = 0
      this.#ejections = 0
      this.#back = 0
    } else if (++this.#failures >= ejection.failures) {
      const pause = Math.min(ejection.longest, ejection.first * 2 ** this.#ejections++)
      this.#failures = 0
      this.#back = performance.now() + pause
    }
  }
}

/**
 * The places at which a system answers: its url alone, or several. Of those that are available, the one with the fewest
 * calls under way is taken; where none is, the one that is back first, so that a system is never given up here.
 */
export class Endpoints {
  readonly #target: Target
  readonly #options: EndpointOptions
  readonly #connect: buildConnector.BuildOptions
  readonly #context: ConnectContext
  #list: readonly Endpoint[] = []
  #begun: Promise<void> | undefined
  #known = false
  readonly #timers: NodeJS.Timeout[] = []
  #closed = false

  constructor(
    target: Target,
    options: EndpointOptions = {},
    connect: buildConnector.BuildOptions,
    context: ConnectContext,
  ) {
    this.#target = target
    this.#options = options
    this.#connect = connect
    this.#context = context
    if (this.#looksUp) return
    const others = (options.urls ?? []).map(url => this.#copyOf(context.resolve(url)))
    this.#list = [target.origin, ...others].map(origin => this.#endpoint({ origin, priority: 0 }))
  }

  /** Whether an origin is one of the system's own. */
  owns(origin: string): boolean {
    return origin === this.#target.origin || this.#list.some(({ place }) => place.origin === origin)
  }

  /** Whether `begin` has resolved. */
  get known(): boolean {
    return this.#known
  }

  /** To be called before any is picked. Rejects with TARGET-UNAVAILABLE while none is known. */
  async begin(): Promise<void> {
    this.#begun ??= this.#begin().catch(error => {
      this.#begun = undefined
      throw error
    })
    await this.#begun
    this.#known = true
  }

  /** Undefined when all have been tried. */
  pick(tried: ReadonlySet<Endpoint>): Endpoint | undefined {
    if (this.#list.length === 1 && tried.size === 0) return this.#list[0]
    const left = this.#list.filter(endpoint => !tried.has(endpoint))
    const available = left.filter(endpoint => endpoint.available)
    const order = (a: Endpoint, b: Endpoint) => a.place.priority - b.place.priority || a.underWay - b.underWay
    const best = available.length > 0 ? available.sort(order)[0] : left.sort((a, b) => a.back - b.back)[0]
    if (best && available.length > 0) this.#list = [...this.#list.filter(each => each !== best), best]
    return best
  }

  /** Calls under way end by themselves, at the latest at their deadline. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#list.map(endpoint => endpoint.close()))
  }

  /** The origin of another url; throws CONFIG-INVALID for one that is not that of a copy. */
  #copyOf(url: string): string {
    const { system } = this.#context
    const { origin, base } = targetOf(url, system)
    const same = (which: string) => new URL(which).protocol
    if (base === this.#target.base && same(origin) === same(this.#target.origin)) return origin
    const text = `The endpoints of system ${system} must begin as its url does and have its path.`
    throw new IsthmusError('CONFIG-INVALID', text)
  }

  get #looksUp(): boolean {
    return this.#options.srv !== undefined || this.#options.addresses === true
  }

  async #begin(): Promise<void> {
    const { refresh = '30s', health } = this.#options
    if (this.#looksUp) {
      await this.#lookUp()
      this.#repeat(parseDuration(refresh), () => this.#lookUp())
    }
    if (health) this.#repeat(parseDuration(health.every ?? '10s'), () => this.#checkAll(health.path))
  }

  #repeat(ms: number, work: () => Promise<void>): void {
    if (this.#closed) return
    const warn = (error: unknown) => this.#context.log('warn', reasonOf(error))
    this.#timers.push(setInterval(() => void work().catch(warn), ms).unref())
  }

  /** What is still there stays, with what is known of it; what has gone ends after its calls. */
  async #lookUp(): Promise<void> {
    const found = await this.#found().catch(cause => {
      const text = `The endpoints of system ${this.#context.system} cannot be looked up: ${reasonOf(cause)}`
      throw new IsthmusError('TARGET-UNAVAILABLE', text, { cause })
    })
    const wanted = new Set(found.map(keyOf))
    const known = new Set(this.#list.map(({ place }) => keyOf(place)))
    const stay = this.#list.filter(({ place }) => wanted.has(keyOf(place)))
    const gone = this.#list.filter(endpoint => !stay.includes(endpoint))
    const come = found.filter(place => !known.has(keyOf(place)))
    this.#list = [...stay, ...come.map(place => this.#endpoint(place))]
    for (const endpoint of gone) void endpoint.close()
  }

  async #found(): Promise<readonly Place[]> {
    const { protocol, hostname, origin } = new URL(this.#target.origin)
    const { srv } = this.#options
    if (srv === undefined) {
      const addresses = await dns.lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
      return addresses.map(({ address }) => ({ origin, address, priority: 0 }))
    }
    const records = await dns.resolveSrv(srv)
    if (records.length === 0) throw new Error(`${srv} has no records`)
    return records.map(({ name, port, priority }) => ({ origin: `${protocol}//${name}:${port}`, priority }))
  }

  /** With an address, connections go there; the name of the origin counts for TLS and for the Host header. */
  #endpoint({ origin, address, priority }: Place): Endpoint {
    const connector = buildConnector(this.#connect)
    const place = this.#context
    const connect: buildConnector.connector = (options, callback) => {
      const hostname = address ?? options.hostname
      try {
        checkAddress(hostname, place)
      } catch (error) {
        return callback(error as Error, null)
      }
      connector(
        address === undefined ? options : { ...options, hostname, servername: options.hostname },
        callback,
      )
    }
    return new Endpoint({ origin, address, priority }, new Pool(origin, { connect, allowH2: false }))
  }

  /** Anything but an error of the server is health. */
  async #checkAll(path: string): Promise<void> {
    const channel = `${this.#context.system} (health)`
    const request = { method: 'GET', path: this.#target.base + path, headers: {}, channel } as const
    await Promise.all(
      this.#list.map(async endpoint => {
        const answer = await endpoint
          .call(request, healthLimits, AbortSignal.timeout(10_000))
          .catch(() => undefined)
        endpoint.healthy = answer !== undefined && answer.status < 500
      }),
    )
  }
}

function keyOf({ origin, address = '', priority }: Place): string {
  return `${origin} ${address} ${priority}`
}
