import type { Entry, StoreReader } from '../store.ts'
import { alone } from './frames.ts'

/** Asks for one thing: of the store as it is, or of the snapshot of this number. */
export type Ask = (method: string, args: readonly unknown[], of?: number) => Promise<unknown>

/** Reads what the thread that has the store reads; of the moment of a snapshot, if there is one. */
export function remoteReader(ask: Ask, snapshot?: number): StoreReader {
  const read = <T>(method: string, query?: unknown): Promise<T> =>
    ask(method, [query], snapshot) as Promise<T>
  const reader: StoreReader = {
    flows: () => read('flows'),
    heads: () => read('heads'),
    entries: async query => (await read<Entry[]>('entries', query)).map(alone),
    unfinished: query => read('unfinished', query),
    settled: query => read('settled', query),
    find: query => read('find', query),
    identified: identity => read('identified', identity),
    position: source => read('position', source),
    streams: {
      head: name => read('streams.head', name),
      events: query => read('streams.events', query),
      heads: query => read('streams.heads', query),
      log: query => read('streams.log', query),
    },
    standing: () => read('standing'),
    snapshot: async use => {
      if (snapshot !== undefined) return await use(reader)
      const taken = (await ask('snapshot', [])) as number
      try {
        return await use(remoteReader(ask, taken))
      } finally {
        await ask('release', [taken])
      }
    },
  }
  return reader
}
