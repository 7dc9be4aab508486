import { IsthmusError } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import type { StreamHead } from '../../store/streams.ts'
import { type Host, patiently } from '../host.ts'
import {
  evolve,
  foldTransaction,
  isClosed,
  type TransactionFact,
  type TransactionState,
  transactionStream,
  wordOf,
  writtenFact,
} from './transaction-log.ts'

const page = 500

/** What the coordinator has written down, in the store. */
export class DecisionLog {
  readonly #store: Store
  readonly #token: number
  readonly #host: Host

  constructor(options: { readonly store: Store; readonly token: number; readonly host: Host }) {
    this.#store = options.store
    this.#token = options.token
    this.#host = options.host
  }

  async read(effectKey: string): Promise<TransactionState | undefined> {
    const name = transactionStream(effectKey)
    return foldTransaction(
      await patiently(this.#host, () => this.#store.read.streams.events({ ...name, limit: 10_000 })),
    )
  }

  /**
   * Resolves with the new state when it is durable. Throws STORE-FENCED when somebody else has written to the log of this
   * transaction, or owns the store: what they decided stands.
   */
  async add(
    effectKey: string,
    state: TransactionState | undefined,
    ...facts: readonly TransactionFact[]
  ): Promise<TransactionState> {
    const at = this.#host.now()
    let grown = state
    for (const fact of facts) grown = evolve(grown, fact, at, (grown?.version ?? 0) + 1)
    const after = grown as TransactionState
    const append = {
      ...transactionStream(effectKey),
      version: state?.version ?? 0,
      events: facts.map(fact => writtenFact(fact, at)),
      state: wordOf(after),
      open: !isClosed(after),
    }
    const [appended] = await patiently(this.#host, () => this.#store.append([append], this.#token))
    if (appended?.status === 'appended') return after
    throw new IsthmusError('STORE-FENCED', 'The log of this transaction was written to by somebody else.')
  }

  /** Transactions that are not closed, with their effect keys. */
  async open(): Promise<{ readonly effectKey: string; readonly state: TransactionState }[]> {
    const found: { effectKey: string; state: TransactionState }[] = []
    let after: StreamHead | undefined
    for (;;) {
      const query = { kind: 'transaction', open: true, after, limit: page }
      const heads = await patiently(this.#host, () => this.#store.read.streams.heads(query))
      for (const { key } of heads) {
        const state = await this.read(key)
        if (state) found.push({ effectKey: key, state })
      }
      after = heads.at(-1)
      if (heads.length < page) return found
    }
  }
}
