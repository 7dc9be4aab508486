import type { StoreReader } from './store.ts'
import type { StreamEvent, StreamHead, StreamName, StreamQuery } from './streams.ts'

type Reader = Pick<StoreReader, 'streams'>

const page = 500

/** Every event of a stream behind version `after`, read page by page. */
export async function* eventsBehind(
  { streams }: Reader,
  { kind, key }: StreamName,
  after = 0,
): AsyncGenerator<StreamEvent> {
  for (let last = after; ; ) {
    const events = await streams.events({ kind, key, after: last, limit: page })
    yield* events
    if (events.length < page) return
    last = events.at(-1)?.version ?? last
  }
}

/** Every stream that is asked for, read page by page. */
export async function* headsOf(
  { streams }: Reader,
  query: Omit<StreamQuery, 'limit'>,
): AsyncGenerator<StreamHead> {
  for (let { after } = query; ; ) {
    const heads = await streams.heads({ ...query, after, limit: page })
    yield* heads
    if (heads.length < page) return
    after = heads.at(-1)
  }
}
