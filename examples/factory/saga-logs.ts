import { readSagaLog } from '../../src/engine/saga/saga-log.ts'
import { foldSaga } from '../../src/engine/saga/saga-state.ts'
import { existingStoreAt, type StorePlace } from '../../src/server/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { StreamHead } from '../../src/store/streams.ts'

/** What the log of a saga says became of it. */
export interface LoggedSaga {
  readonly key: string
  /** Undefined while it is under way. */
  readonly ended: 'completed' | 'compensated' | undefined
  /** Why it turned back. */
  readonly turned: string | undefined
  /** What persons decided, with their names. */
  readonly decisions: readonly string[]
}

export interface SagaCounts {
  /** Those that are under way. */
  readonly open: number
  readonly completed: number
  readonly compensated: number
}

/** How many sagas of a name there are. */
export function countSagas(place: StorePlace, name: string): Promise<SagaCounts> {
  return withStore(place, async store => {
    const counts = { open: 0, completed: 0, compensated: 0 }
    for await (const { open, state } of headsOf(store, `saga/${name}`))
      counts[open ? 'open' : (state as 'completed' | 'compensated')]++
    return counts
  })
}

/** How many transactions over several databases there are, by the word that their log has for their state. */
export function countTransactions(place: StorePlace): Promise<ReadonlyMap<string, number>> {
  return withStore(place, async store => {
    const counts = new Map<string, number>()
    for await (const { state } of headsOf(store, 'transaction'))
      counts.set(state, (counts.get(state) ?? 0) + 1)
    return counts
  })
}

/** Reads the log of every saga of a name. */
export function loggedSagas(place: StorePlace, name: string): Promise<LoggedSaga[]> {
  return withStore(place, async store => {
    const sagas: LoggedSaga[] = []
    for await (const { key } of headsOf(store, `saga/${name}`)) sagas.push(await logged(store, name, key))
    return sagas
  })
}

async function* headsOf(store: Store, kind: string): AsyncGenerator<StreamHead> {
  let after: StreamHead | undefined
  for (;;) {
    const heads = await store.read.streams.heads({ kind, after, limit: 500 })
    yield* heads
    after = heads.at(-1)
    if (!after) return
  }
}

async function logged(store: Store, name: string, key: string): Promise<LoggedSaga> {
  const log = await readSagaLog(store.read, name, key)
  const state = foldSaga(log)
  const decisions = log.flatMap(({ fact }) =>
    fact.type === 'decided' ? [`${fact.choice} by ${fact.by}`] : [],
  )
  return { key, ended: state?.ended, turned: state?.turned?.reason, decisions }
}

async function withStore<T>(place: StorePlace, work: (store: Store) => Promise<T>): Promise<T> {
  const store = existingStoreAt(place)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
