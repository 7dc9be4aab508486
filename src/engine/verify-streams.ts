import { reasonOf } from '../errors.ts'
import type { StoreReader } from '../store/store.ts'
import { eventsBehind, headsOf } from '../store/stream-pages.ts'
import type { StreamEvent, StreamHead, StreamName } from '../store/streams.ts'
import { type Follower, type SagaBalance, StateTally, type TransactionBalance } from './verify-states.ts'

/** What the store holds of streams, and which of them do not add up: none when all do. */
export interface StreamBalance {
  readonly streams: number
  readonly events: number
  readonly sagas: readonly SagaBalance[]
  readonly transactions: TransactionBalance
  readonly broken: readonly (StreamName & { readonly reason: string })[]
}

const page = 1000
/** Most broken streams listed. */
const listed = 100

/**
 * Walks over every stream: it has as many events as its head says, numbered without a gap and in the order of their
 * positions, and the log of a kind has the events of all its streams, no more and no fewer. Sagas and transactions are
 * each in the one state that their events tell.
 */
export async function verifyStreams(reader: StoreReader): Promise<StreamBalance> {
  const broken: (StreamName & { reason: string })[] = []
  const report = ({ kind, key }: StreamName, reason: string) => {
    if (broken.length < listed) broken.push({ kind, key, reason })
  }
  const kinds = new Map<string, number>()
  const tally = new StateTally()
  let count = 0
  for await (const head of headsOf(reader, {})) {
    count++
    kinds.set(head.kind, (kinds.get(head.kind) ?? 0) + head.version)
    await walk(reader, head, tally, report)
  }
  for (const [kind, expected] of kinds) {
    const found = await countLog(reader, kind)
    if (found !== expected) report({ kind, key: '' }, `its log has ${found} events, its streams ${expected}`)
  }
  const events = [...kinds.values()].reduce((sum, each) => sum + each, 0)
  const { sagas, transactions } = tally
  return { streams: count, events, sagas, transactions, broken }
}

async function walk(
  reader: StoreReader,
  head: StreamHead,
  tally: StateTally,
  report: (name: StreamName, reason: string) => void,
): Promise<void> {
  const { kind, version: end } = head
  const follower = tally.follow(kind)
  let last = { version: 0, position: 0 }
  for await (const event of eventsBehind(reader, head)) {
    if (event.version !== last.version + 1 || event.position <= last.position)
      return report(head, `event ${event.version} stands behind ${last.version}`)
    const problem = follower && followed(follower, event)
    if (problem !== undefined) return report(head, problem)
    last = event
  }
  if (last.version !== end) return report(head, `it has ${end} events, ${last.version} are there`)
  const problem = follower?.end(head)
  if (problem !== undefined) report(head, problem)
}

/** What is wrong with an event that cannot follow the ones before. */
function followed(follower: Follower, event: StreamEvent): string | undefined {
  try {
    follower.add(event)
    return undefined
  } catch (error) {
    return `event ${event.version}: ${reasonOf(error)}`
  }
}

async function countLog({ streams }: StoreReader, kind: string): Promise<number> {
  let count = 0
  for (let after = 0; ; ) {
    const events = await streams.log({ kind, after, limit: page })
    count += events.length
    const last = events.at(-1)
    if (!last || events.length < page) return count
    after = last.position
  }
}
