import type { StreamHead, StreamReader } from '../../store/streams.ts'
import { foldTransaction, type TransactionState, transactionStream } from './transaction-log.ts'

/** A transaction with the effect key under which its log stands. */
export interface LoggedTransaction {
  readonly effectKey: string
  readonly state: TransactionState
}

const page = 500
/** Most events of one transaction: many branches, tried many times. */
const mostEvents = 10_000

export async function readTransaction(
  streams: StreamReader,
  effectKey: string,
): Promise<TransactionState | undefined> {
  const name = transactionStream(effectKey)
  return foldTransaction(await streams.events({ ...name, limit: mostEvents }))
}

/** Transactions that are not closed. */
export async function openTransactions(streams: StreamReader): Promise<LoggedTransaction[]> {
  const found: LoggedTransaction[] = []
  let after: StreamHead | undefined
  for (;;) {
    const heads = await streams.heads({ kind: 'transaction', open: true, after, limit: page })
    for (const { key } of heads) {
      const state = await readTransaction(streams, key)
      if (state) found.push({ effectKey: key, state })
    }
    after = heads.at(-1)
    if (heads.length < page) return found
  }
}
