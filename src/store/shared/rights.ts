import { IsthmusError } from '../../errors.ts'

/** Tokens of one claim: more than any member uses up, and few enough that two million claims stay exact numbers. */
const tokensPerClaim = 2 ** 32

/** What writes may come with one token, and those under way. */
export interface Right {
  readonly token: number
  /** Whether it is that of a lease; that of a member is good for appends alone. */
  readonly ofLease: boolean
  readonly writes: Set<Promise<unknown>>
}

/** Who may write to a store that one process has claimed for several members. */
export class Rights {
  readonly #owner: number
  readonly #rights = new Map<number, Right>()
  #last: number

  /** `owner`: the token of the claim, which is good for everything as long as the process lives. */
  constructor(owner: number) {
    this.#owner = owner
    this.#last = owner * tokensPerClaim
  }

  /** With a token greater than every one before, those of earlier claims included. */
  grant(to: 'lease' | 'member'): Right {
    const right: Right = { token: ++this.#last, ofLease: to === 'lease', writes: new Set() }
    this.#rights.set(right.token, right)
    return right
  }

  revoke({ token }: Right): void {
    this.#rights.delete(token)
  }

  /** Appends. Rejects with STORE-FENCED, and does nothing, if the token is not good any more. */
  append<T>(token: number, work: (owner: number) => Promise<T>): Promise<T> {
    return this.#write(token, this.#rights.get(token), work)
  }

  /** Writes what only who holds a lease may, or the owner. */
  settle<T>(token: number, work: (owner: number) => Promise<T>): Promise<T> {
    const right = this.#rights.get(token)
    return this.#write(token, right?.ofLease ? right : undefined, work)
  }

  async #write<T>(token: number, right: Right | undefined, work: (owner: number) => Promise<T>): Promise<T> {
    if (token === this.#owner) return await work(this.#owner)
    if (right === undefined)
      throw new IsthmusError('STORE-FENCED', `token ${token} is not good any more: another member took over`)
    const writing = work(this.#owner)
    right.writes.add(writing)
    try {
      return await writing
    } finally {
      right.writes.delete(writing)
    }
  }
}

/** Waits until what was asked under these rights is durable, or refused. */
export async function writesOver(rights: readonly Right[]): Promise<void> {
  const writes = rights.flatMap(right => [...right.writes])
  if (writes.length > 0) await Promise.allSettled(writes)
}
