import type { StoreReader } from '../../store/store.ts'
import { headsOf } from '../../store/stream-pages.ts'

/** How the sagas of one name stand that are not over. */
export interface OpenSagas {
  readonly saga: string
  readonly running: number
  readonly waiting: number
  readonly compensating: number
  readonly paused: number
  readonly needsPerson: number
}

/** Transactions whose outcome is not known everywhere, or is mixed; `oldest` began so to be, milliseconds since 1970 UTC. */
export interface OpenTransactions {
  readonly open: number
  readonly inDoubt: number
  readonly mixed: number
  readonly oldest?: number | undefined
}

export interface OpenWork {
  readonly sagas: readonly OpenSagas[]
  readonly transactions: OpenTransactions
}

/** A transaction on which nothing has happened for so long is in doubt, milliseconds: until then it may just be running. */
export const settling = 10_000

/** Counts what is not over: sagas and transactions that have ended are not looked at. */
export async function openWork(
  reader: StoreReader,
  names: readonly string[],
  now: number,
): Promise<OpenWork> {
  const sagas = new Map(names.map(name => [name, fresh(name)]))
  for await (const { kind, state } of headsOf(reader, { open: true, after: { kind: 'saga/', key: '' } })) {
    if (!kind.startsWith('saga/')) break
    const name = kind.slice('saga/'.length)
    const counts = sagas.get(name) ?? fresh(name)
    sagas.set(name, counts)
    if (state === 'needs person') counts.needsPerson++
    else if (state === 'running' || state === 'waiting' || state === 'compensating' || state === 'paused')
      counts[state]++
  }
  return { sagas: [...sagas.values()], transactions: await openTransactions(reader, now) }
}

async function openTransactions(reader: StoreReader, now: number): Promise<OpenTransactions> {
  const counts = { open: 0, inDoubt: 0, mixed: 0, oldest: undefined as number | undefined }
  for await (const { state, changed } of headsOf(reader, { open: true, kind: 'transaction' })) {
    counts.open++
    if (state === 'mixed') counts.mixed++
    if (state !== 'mixed' && now - changed < settling) continue
    counts.inDoubt++
    counts.oldest = Math.min(changed, counts.oldest ?? changed)
  }
  return counts
}

function fresh(saga: string) {
  return { saga, running: 0, waiting: 0, compensating: 0, paused: 0, needsPerson: 0 }
}
