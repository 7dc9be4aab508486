import type { StreamRow } from '../stream-chain.ts'
import { eventSum, kindHash, snapshotSum, streamSum } from '../stream-chain.ts'
import type { StreamName } from '../streams.ts'
import type { StreamChanges, StreamNumbers } from './append-statement.ts'
import type { IncomingAppend } from './incoming-append.ts'

export interface Decided {
  readonly status: 'appended' | 'conflict'
  readonly version: number
}

/** What appends come to, one after the other, on what was read of their streams. */
export class AppendDraft {
  readonly #from: StreamNumbers
  readonly #known: readonly StreamRow[]
  readonly #streams = new Map<string, StreamRow>()
  readonly #changed = new Set<string>()
  readonly #events: StreamChanges['events'][number][] = []
  readonly #snapshots = new Map<number, StreamChanges['snapshots'][number]>()
  #position: number
  #stream: number

  constructor(from: StreamNumbers, known: readonly StreamRow[]) {
    this.#from = from
    this.#position = from.position
    this.#stream = from.stream
    this.#known = known
    for (const each of known) this.#streams.set(idOf(each), each)
  }

  append(append: IncomingAppend): Decided {
    const id = idOf(append)
    const before = this.#streams.get(id)
    const at = before?.version ?? 0
    if (append.version !== at || append.events.length === 0) return { status: 'conflict', version: at }
    const { kind, key, changed } = append
    const no = before?.no ?? ++this.#stream
    const version = at + append.events.length
    this.#streams.set(id, {
      ...{ no, kind, key, version, changed },
      state: append.state ?? before?.state ?? '',
      open: append.open ?? true,
      began: before?.began ?? append.began,
      last: this.#happen(no, append, before?.last ?? 0),
      snapshot: this.#fold(no, append, version) ?? before?.snapshot ?? null,
    })
    this.#changed.add(id)
    return { status: 'appended', version }
  }

  changes(tokens: readonly number[]): StreamChanges {
    const streams = [...this.#changed].flatMap(id => this.#streams.get(id) ?? [])
    const changed = new Set(streams.map(({ no }) => no))
    return {
      tokens,
      from: this.#from,
      to: { position: this.#position, stream: this.#stream },
      known: this.#known.filter(({ no }) => changed.has(no)),
      streams: streams.map(each => ({ ...each, checksum: streamSum(each) })),
      events: this.#events,
      snapshots: [...this.#snapshots.values()],
    }
  }

  /** Gives the checksum of the last event. */
  #happen(stream: number, append: IncomingAppend, last: number): number {
    const kind = kindHash(append.kind)
    let { version } = append
    let prev = last
    for (const data of append.events) {
      const event = { position: ++this.#position, version: ++version, kind, data, prev }
      const checksum = eventSum(append, event)
      this.#events.push({ ...event, checksum, stream })
      prev = checksum
    }
    return prev
  }

  /** Gives the checksum of the snapshot, if there is one. */
  #fold(stream: number, append: IncomingAppend, version: number): number | undefined {
    const { snapshot: data } = append
    if (data === undefined) return undefined
    const checksum = snapshotSum(append, { version, data })
    this.#snapshots.set(stream, { stream, version, data, checksum })
    return checksum
  }
}

const idOf = ({ kind, key }: StreamName): string => JSON.stringify([kind, key])
