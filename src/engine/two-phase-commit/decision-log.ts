import { IsthmusError } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import { type Host, patiently } from '../host.ts'
import { type LoggedTransaction, openTransactions, readTransaction } from './open-transactions.ts'
import {
  evolve,
  isClosed,
  type TransactionFact,
  type TransactionState,
  transactionStream,
  wordOf,
  writtenFact,
} from './transaction-log.ts'

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

  read(effectKey: string): Promise<TransactionState | undefined> {
    return patiently(this.#host, () => readTransaction(this.#store.read.streams, effectKey))
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

  /** Transactions that are not closed. */
  open(): Promise<readonly LoggedTransaction[]> {
    return patiently(this.#host, () => openTransactions(this.#store.read.streams))
  }
}
