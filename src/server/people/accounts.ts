import type { StreamHead, StreamReader } from '../../store/streams.ts'
import { refused } from '../operations/deciding.ts'
import { type Account, digest, isOwner, type Token } from './account.ts'
import { allKept, type Keep, type Kept, keepChange } from './keeping.ts'

const kind = 'account'

/** The accounts, all in memory, each as it stands in its stream. Other members of the store may change them, too. */
export class Accounts {
  readonly kind = kind
  readonly #keep: Keep
  readonly #kept = new Map<string, Kept<Account>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(keep: Keep) {
    this.#keep = keep
  }

  async load(streams: StreamReader): Promise<void> {
    for await (const { key, ...kept } of allKept<Account>(streams, kind)) this.#kept.set(key, kept)
  }

  /** How an account stands by now; one that another member has changed. */
  readonly take = ({ key, version, snapshot }: StreamHead): void => {
    if (!snapshot || version <= (this.#kept.get(key)?.version ?? 0)) return
    this.#kept.set(key, { version, value: snapshot.data as unknown as Account })
  }

  /** Until there is an owner nothing is open but setting one. */
  get hasOwner(): boolean {
    return this.list().some(isOwner)
  }

  list(): Account[] {
    return [...this.#kept.values()].map(({ value }) => value).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(name: string): Account | undefined {
    return this.#kept.get(nameKey(name))?.value
  }

  get(name: string): Account {
    const account = this.find(name)
    if (account) return account
    throw refused(`There is no account ${name}.`, 404)
  }

  byToken(secret: string): { readonly account: Account; readonly token: Token } | undefined {
    const wanted = digest(secret)
    for (const { value: account } of this.#kept.values()) {
      const token = account.tokens.find(({ hash }) => hash === wanted)
      if (token) return { account, token }
    }
    return undefined
  }

  create(account: Account): Promise<Account> {
    return this.#alone(async () => {
      if (this.find(account.name)) throw refused(`There is an account ${account.name} already.`)
      return this.#put('created', account)
    })
  }

  /** `type` names what is done; the last owner stays one. One change at a time. */
  change(name: string, type: string, change: (account: Account) => Partial<Account>): Promise<Account> {
    return this.#alone(async () => {
      const account = this.get(name)
      const changed = { ...account, ...change(account) }
      const others = this.list().filter(each => each.name !== account.name)
      if (isOwner(account) && !isOwner(changed) && !others.some(isOwner))
        throw refused(`${name} is the last owner, and there must be one.`)
      return this.#put(type, changed)
    })
  }

  async #put(type: string, value: Account): Promise<Account> {
    const key = nameKey(value.name)
    const state = value.disabled ? 'disabled' : 'active'
    const kept = await keepChange(this.#keep, { kind, key }, this.#kept.get(key), { type, value, state })
    this.#kept.set(key, kept)
    return kept.value
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}

/** Names that look the same to people, or nearly so, are one. */
function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
