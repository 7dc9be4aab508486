import type { StreamEvent, StreamHead } from '../store/streams.ts'
import { readFact, statusOf } from './saga/saga-log.ts'
import { evolve as evolveSaga, type SagaState } from './saga/saga-state.ts'
import {
  evolve as evolveTransaction,
  isClosed,
  type TransactionFact,
  type TransactionState,
  wordOf,
} from './two-phase-commit/transaction-log.ts'

/** How the sagas of one name stand: started = completed + compensated + inFlight + needsPerson. */
export interface SagaBalance {
  readonly saga: string
  readonly started: number
  readonly completed: number
  readonly compensated: number
  readonly inFlight: number
  readonly needsPerson: number
}

/** How the transactions stand: begun = committed + rolledBack + open + mixed. */
export interface TransactionBalance {
  readonly begun: number
  readonly committed: number
  readonly rolledBack: number
  readonly open: number
  readonly mixed: number
}

/** Follows the events of one stream, and says what is wrong with its head. */
export interface Follower {
  /** Throws what cannot be. */
  add(event: StreamEvent): void
  end(head: StreamHead): string | undefined
}

type Counts<T> = { -readonly [K in keyof T]: T[K] }

/** Folds sagas and transactions, so that each is in one state: the one that its head tells. */
export class StateTally {
  readonly #sagas = new Map<string, Counts<SagaBalance>>()
  readonly transactions: Counts<TransactionBalance> = {
    begun: 0,
    committed: 0,
    rolledBack: 0,
    open: 0,
    mixed: 0,
  }

  get sagas(): readonly SagaBalance[] {
    return [...this.#sagas.values()]
  }

  /** Undefined for a stream that is neither. */
  follow(kind: string): Follower | undefined {
    if (kind.startsWith('saga/')) return this.#saga(kind.slice('saga/'.length))
    return kind === 'transaction' ? this.#transaction() : undefined
  }

  #saga(saga: string): Follower {
    let state: SagaState | undefined
    return {
      add: event => {
        state = evolveSaga(state, readFact(event))
      },
      end: head => {
        const counts = this.#countsOf(saga)
        counts.started++
        const status = state && statusOf(state)
        if (status === 'completed' || status === 'compensated') counts[status]++
        else if (status === 'needs person') counts.needsPerson++
        else counts.inFlight++
        return problemOf(head, status, state?.ended === undefined)
      },
    }
  }

  #transaction(): Follower {
    let state: TransactionState | undefined
    return {
      add: ({ type, data, at, version }) => {
        state = evolveTransaction(state, { type, ...(data as object) } as TransactionFact, at, version)
      },
      end: head => {
        this.transactions.begun++
        if (state?.outcome === 'committed') this.transactions.committed++
        else if (state?.outcome === 'rolled back') this.transactions.rolledBack++
        else if (state?.outcome === 'mixed') this.transactions.mixed++
        else this.transactions.open++
        return problemOf(head, state && wordOf(state), !state || !isClosed(state))
      },
    }
  }

  #countsOf(saga: string): Counts<SagaBalance> {
    const counts = this.#sagas.get(saga) ?? {
      saga,
      started: 0,
      completed: 0,
      compensated: 0,
      inFlight: 0,
      needsPerson: 0,
    }
    this.#sagas.set(saga, counts)
    return counts
  }
}

function problemOf(head: StreamHead, state: string | undefined, open: boolean): string | undefined {
  if (state === undefined) return 'it has no events'
  if (head.state !== state) return `it is ${state} by its events, and listed as ${head.state}`
  if (head.open !== open) return `it is ${open ? 'open' : 'over'} by its events, and listed otherwise`
  return undefined
}
