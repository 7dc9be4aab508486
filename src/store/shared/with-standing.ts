import type { StoreReader } from '../store.ts'

/** The same reader, but for who works on the store. */
export function withStanding(reader: StoreReader, standing: StoreReader['standing']): StoreReader {
  return {
    flows: () => reader.flows(),
    heads: () => reader.heads(),
    entries: query => reader.entries(query),
    unfinished: query => reader.unfinished(query),
    settled: query => reader.settled(query),
    find: query => reader.find(query),
    identified: identity => reader.identified(identity),
    position: source => reader.position(source),
    streams: reader.streams,
    standing,
    snapshot: use => reader.snapshot(inner => use(withStanding(inner, standing))),
  }
}
