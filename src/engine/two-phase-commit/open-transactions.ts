import type { StreamEvent, StreamHead, StreamReader } from '../../store/streams.ts'
import { foldTransaction, type TransactionState, transactionStream } from './transaction-log.ts'

/** A transaction with the effect key under which its log stands. */
export interface LoggedTransaction {
  readonly effectKey: string
  readonly state: TransactionState
}

const page = 500
export async function readTransaction(
  streams: StreamReader,
  effectKey: string,
): Promise<TransactionState | undefined> {
  return foldTransaction(await readEvents(streams, effectKey))
}

/** All events of one transaction: those of every time that it was tried. */
export async function readEvents(streams: StreamReader, effectKey: string): Promise<StreamEvent[]> {
  const name = transactionStream(effectKey)
  const events: StreamEvent[] = []
  for (;;) {
    const more = await streams.events({ ...name, after: events.at(-1)?.version ?? 0, limit: page })
    events.push(...more)
    if (more.length < page) return events
  }
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
