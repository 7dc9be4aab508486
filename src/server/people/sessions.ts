import { randomBytes } from 'node:crypto'
import type { StreamHead, StreamReader } from '../../store/streams.ts'
import { digest } from './account.ts'
import { allKept, type Keep, type Kept, keepChange } from './keeping.ts'

const kind = 'session'

/** Milliseconds without a request, and since the login, after which a session ends. */
export const idleTime = 30 * 60_000
export const sessionTime = 12 * 60 * 60_000

export interface Session {
  /** SHA-256 of the secret in the cookie: who reads the store cannot take it over. */
  readonly id: string
  readonly account: string
  readonly began: number
  readonly address: string
  /** What the browser calls itself. */
  readonly agent: string
}

interface Open {
  kept: Kept<Session>
  used: number
  /** Not known of the store alone. */
  isOurs: boolean
}

/**
 * Sessions under way. When one was last used here is in memory only: a restart counts as a use, and so does that another
 * member tells of it.
 */
export class Sessions {
  readonly kind = kind
  readonly #keep: Keep
  readonly #open = new Map<string, Open>()
  /** Ended here: what another look at the store may still find open. */
  readonly #ended = new Set<string>()
  readonly #now: () => number

  constructor(keep: Keep, now: () => number = Date.now) {
    this.#keep = keep
    this.#now = now
  }

  async load(streams: StreamReader): Promise<void> {
    for await (const { key, ...kept } of allKept<Session>(streams, kind, true))
      this.#open.set(key, { kept, used: this.#now(), isOurs: false })
  }

  /** How a session stands by now; one that another member has begun or ended. */
  readonly take = ({ key, version, open, snapshot }: StreamHead): void => {
    if (!open) {
      this.#open.delete(key)
      this.#ended.delete(key)
    } else if (snapshot && !this.#open.has(key) && !this.#ended.has(key)) {
      const kept = { version, value: snapshot.data as unknown as Session }
      this.#open.set(key, { kept, used: this.#now(), isOurs: false })
    }
  }

  /** Gives the secret, which is kept nowhere. */
  async begin(account: string, address: string, agent: string): Promise<string> {
    await this.#sweep()
    const secret = randomBytes(32).toString('base64url')
    const id = digest(secret)
    const value = { id, account, began: this.#now(), address, agent: agent.slice(0, 200) }
    const change = { type: 'began', value, state: 'open' }
    const kept = await keepChange(this.#keep, { kind, key: id }, undefined, change)
    this.#open.set(id, { kept, used: value.began, isOurs: true })
    return secret
  }

  /** The session of a secret, which has been used by this. */
  use(secret: string): Session | undefined {
    const open = this.#open.get(digest(secret))
    if (!open || this.#isOver(open)) return undefined
    open.used = this.#now()
    open.isOurs = true
    return open.kept.value
  }

  /** Without that it has been used by this. */
  isOpen(id: string): boolean {
    const open = this.#open.get(id)
    return open !== undefined && !this.#isOver(open)
  }

  of(account: string): (Session & { readonly used: number })[] {
    return [...this.#open.values()]
      .filter(open => open.kept.value.account === account && !this.#isOver(open))
      .map(({ kept, used }) => ({ ...kept.value, used }))
  }

  /** In this process at once, whatever the store says. */
  async end(id: string, how = 'ended'): Promise<void> {
    const open = this.#open.get(id)
    if (!open) return
    this.#open.delete(id)
    this.#ended.add(id)
    const change = { type: how, value: open.kept.value, state: 'ended', open: false }
    await keepChange(this.#keep, { kind, key: id }, open.kept, change)
  }

  /** All of an account, but one that may stay. */
  async endAll(account: string, how: string, but?: string): Promise<void> {
    const ended = [...this.#open.values()]
      .map(({ kept }) => kept.value)
      .filter(each => each.account === account)
    await Promise.all(ended.filter(({ id }) => id !== but).map(({ id }) => this.end(id, how)))
  }

  #isOver({ kept, used }: Open): boolean {
    return this.#now() - used > idleTime || this.#now() - kept.value.began > sessionTime
  }

  /** One that was never used here may be in use at another member. */
  async #sweep(): Promise<void> {
    const isOld = ({ kept }: Open) => this.#now() - kept.value.began > sessionTime
    const over = [...this.#open.values()].filter(open => (open.isOurs ? this.#isOver(open) : isOld(open)))
    await Promise.all(over.map(({ kept }) => this.end(kept.value.id, 'expired')))
  }
}
