import type { Json } from '../../message/json-value.ts'
import type { AlertState } from '../../observe/alerts/alert-state.ts'
import type { Silence } from '../../observe/alerts/silence.ts'
import type { Append, Appended, StoreReader } from '../../store/store.ts'
import type { StreamEvent, StreamHead, StreamName } from '../../store/streams.ts'

export const alertKind = 'alert'
export const silenceKind = 'silence'

const page = 1000

/** What is kept of alerts and silences: a stream for each, whose snapshot is its state. One append at a time. */
export class AlertLog {
  readonly #reader: StoreReader
  readonly #append: (append: Append) => Promise<Appended>
  readonly #onFailure: (error: unknown) => void
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: {
    readonly reader: StoreReader
    append(append: Append): Promise<Appended>
    /** Something could not be kept: it is known in memory only. */
    onFailure(error: unknown): void
  }) {
    this.#reader = options.reader
    this.#append = options.append
    this.#onFailure = options.onFailure
  }

  /** Resolves when it is durable, or has failed and that was told. */
  alert(
    state: AlertState,
    event: { readonly type: string; readonly data: object },
    at: number,
    open: boolean,
  ) {
    return this.#keep({ kind: alertKind, key: state.id }, event, at, state.status, open, state)
  }

  silence(silence: Silence, type: 'began' | 'ended' | 'expired', data: object, at: number) {
    const open = type === 'began'
    return this.#keep({ kind: silenceKind, key: silence.id }, { type, data }, at, type, open, silence)
  }

  async openAlerts(): Promise<AlertState[]> {
    return (await openHeads(this.#reader, alertKind)).map(snapshotOf<AlertState>)
  }

  async openSilences(): Promise<Silence[]> {
    return (await openHeads(this.#reader, silenceKind)).map(snapshotOf<Silence>)
  }

  /** What is being kept is kept to its end, and nothing after that. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#last
  }

  #keep(
    name: StreamName,
    event: { readonly type: string; readonly data: object },
    at: number,
    state: string,
    open: boolean,
    snapshot: object,
  ): Promise<void> {
    const append = async () => {
      if (this.#closed) return
      const version = (await this.#reader.streams.head(name))?.version ?? 0
      const events = [{ type: event.type, data: plain(event.data), at }]
      await this.#append({ ...name, version, events, state, open, snapshot: plain(snapshot) })
    }
    this.#last = this.#last.then(append).catch(this.#onFailure)
    return this.#last
  }
}

/** The alerts that came to an end last, the latest first. */
export async function endedAlerts(reader: StoreReader, limit: number): Promise<AlertState[]> {
  const heads = await reader.streams.heads({ kind: alertKind, states: ['resolved'], limit: page })
  const fired = heads.map(snapshotOf<AlertState>).filter(({ firedAt }) => firedAt !== undefined)
  return fired.sort((a, b) => (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0)).slice(0, limit)
}

/** Undefined if there never was one. */
export async function keptAlert(reader: StoreReader, id: string): Promise<AlertState | undefined> {
  const head = await reader.streams.head({ kind: alertKind, key: id })
  return head && snapshotOf<AlertState>(head)
}

/** The last events of an alert, the latest first. */
export async function alertHistory(reader: StoreReader, id: string, limit: number): Promise<StreamEvent[]> {
  const name = { kind: alertKind, key: id }
  const version = (await reader.streams.head(name))?.version ?? 0
  const events = await reader.streams.events({ ...name, after: Math.max(0, version - limit), limit })
  return events.reverse()
}

async function openHeads({ streams }: StoreReader, kind: string): Promise<StreamHead[]> {
  const all: StreamHead[] = []
  for (;;) {
    const found = await streams.heads({ kind, open: true, after: all.at(-1), limit: page })
    all.push(...found)
    if (found.length < page) return all
  }
}

function snapshotOf<T>({ snapshot }: StreamHead): T {
  return snapshot?.data as T
}

function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
