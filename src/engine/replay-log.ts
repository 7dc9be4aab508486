import { hash } from 'node:crypto'
import type { Append, Entry, NewMessage, StoreReader } from '../store/store.ts'
import type { StreamName } from '../store/streams.ts'
import { nameOf } from './outgoing.ts'
import type { ReplayEffects } from './replay.ts'

/** What is known of the replays of a message: of all that have the same name in their effect keys. */
export interface ReplayLog {
  readonly version: number
  /** Id of the last one that kept the effect keys: what it has done is done. */
  readonly latest: string | undefined
  /** The last order, and the message that it made. */
  readonly order: string | undefined
  readonly id: string | undefined
}

interface ReplayOrdered {
  readonly by: string
  readonly why?: string | undefined
  readonly effects: ReplayEffects
  readonly order?: string | undefined
}

/** Reads what was ordered before. */
export async function readReplays(reader: StoreReader, entry: Entry): Promise<ReplayLog> {
  const head = await reader.streams.head(streamOf(entry))
  const { latest, order, id } = (head?.snapshot?.data ?? {}) as {
    latest?: string
    order?: string
    id?: string
  }
  return { version: head?.version ?? 0, latest, order, id }
}

/** Writes a replay down and accepts its message, in one transaction; a conflict where somebody was quicker. */
export function replayAppend(
  entry: Entry,
  log: ReplayLog,
  message: NewMessage,
  ordered: ReplayOrdered,
): Append {
  const { by, why, effects, order } = ordered
  const { id, acceptedAt: at } = message
  const said = { id, of: entry.seq, by, effects, ...(why !== undefined && { why }) }
  const latest = effects === 'kept' ? id : log.latest
  const snapshot = { id, ...(latest !== undefined && { latest }), ...(order !== undefined && { order }) }
  return {
    ...streamOf(entry),
    version: log.version,
    events: [{ type: 'replayed', data: said, at }],
    state: 'replayed',
    open: false,
    snapshot,
    messages: [message],
  }
}

function streamOf(entry: Entry): StreamName {
  return {
    kind: `replay/${entry.flow}`,
    key: hash('sha256', JSON.stringify(nameOf(entry)), 'hex').slice(0, 32),
  }
}
