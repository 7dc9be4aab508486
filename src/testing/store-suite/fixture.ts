import assert from 'node:assert/strict'
import type { ErrorCode } from '../../errors.ts'
import { IsthmusError } from '../../errors.ts'
import type {
  Accepted,
  Append,
  Claim,
  Entry,
  FlowAddress,
  FlowState,
  NewMessage,
  Settled,
  Settlement,
  Store,
  StoreReader,
  Unfinished,
} from '../../store/store.ts'
import type { NewEvent, StreamEvent, StreamName } from '../../store/streams.ts'

/** The data of one store, fresh and empty when made. */
export interface StoreFixture {
  /** A new instance over the same data, as a restarted process would have it. The suite closes what it opens. */
  open(): Promise<Store>
  /** Removes the data. Everything opened is closed by then. */
  destroy(): Promise<void>
  /** Claims the store from another process, which dies without closing when it is killed. */
  elsewhere?(): Promise<{ kill(): Promise<void> }>
  /** Does this, behind the store's back, to event `version` of the stream, or to what is kept of it. The store is closed. */
  damage?(what: StreamDamage, stream: StreamName, version: number): Promise<void>
}

/** `swapped`: with the event before it. */
export type StreamDamage = 'data-changed' | 'removed' | 'swapped' | 'state-changed' | 'snapshot-changed'

/** What is demanded of it. */
export interface StoreCapabilities {
  /** What is stored survives close and open. */
  readonly durable: boolean
  /** Whoever claims it says in how many shares the keys are divided. */
  readonly divided?: boolean
}

export interface StoreSubject {
  readonly make: () => Promise<StoreFixture>
  readonly capabilities: StoreCapabilities
}

export interface Opened {
  readonly store: Store
  readonly claim: Claim
  /** Closes the store and opens it again. */
  reopen(): Promise<Opened>
  readonly fixture: StoreFixture
}

/** Runs `use` with a claimed, empty store, and takes everything away again. */
export async function withStore(
  subject: StoreSubject,
  use: (opened: Opened) => Promise<void>,
): Promise<void> {
  const fixture = await subject.make()
  const live = new Set<Store>()
  const open = async (): Promise<Opened> => {
    const store = await fixture.open()
    live.add(store)
    const claim = await store.claim('suite')
    const reopen = async () => {
      await store.close()
      live.delete(store)
      return await open()
    }
    return { store, claim, reopen, fixture }
  }
  try {
    await use(await open())
  } finally {
    for (const store of live) await store.close()
    await fixture.destroy()
  }
}

/** Time of the `n`-th message: messages are accepted one second apart. */
export const timeOf = (n: number): number => 1_700_000_000_000 + n * 1000

export function message(
  n: number,
  over: Partial<NewMessage> & { at?: readonly FlowAddress[] } = {},
): NewMessage {
  const { at, ...rest } = over
  return {
    flows: at ?? [to('orders', `key-${n % 7}`)],
    id: `id-${n}`,
    head: {
      source: 'mes',
      type: 'consumed',
      time: timeOf(n),
      subject: `subject ${n}`,
      headers: { 'x-number': String(n) },
      contentType: 'application/json',
    },
    body: new TextEncoder().encode(`{"n":${n}}`),
    acceptedAt: timeOf(n),
    ...rest,
  }
}

export const to = (flow: string, key = 'k', partition = 0): FlowAddress => ({ flow, partition, key })

export const messages = (count: number, first = 1): NewMessage[] =>
  Array.from({ length: count }, (_, index) => message(first + index))

export function identified(
  n: number,
  name: string,
  content = 'same',
  over: Partial<NewMessage> = {},
): NewMessage {
  return { ...message(n), identity: name, body: new TextEncoder().encode(content), ...over }
}

export const ended = (seq: number, over: Partial<Settled> = {}): Settled => ({
  seq,
  outcome: 'delivered',
  at: timeOf(seq) + 5,
  attempts: 1,
  ...over,
})

export const waiting = (seq: number, over: Partial<Unfinished> = {}): Unfinished => ({
  seq,
  key: `key-${seq % 7}`,
  status: 'retrying',
  attempts: 1,
  crashes: 0,
  since: timeOf(seq) + 1,
  ...over,
})

export function settlement(claim: Claim, cursor: number, over: Partial<Settlement> = {}): Settlement {
  return { flow: 'orders', partition: 0, token: claim.token, cursor, settled: [], unfinished: [], ...over }
}

/** The `n`-th event of a stream: they happen one second apart. */
export const event = (n: number, data: NewEvent['data'] = { n }): NewEvent => ({
  type: `step-${n % 3}`,
  data,
  at: timeOf(n),
})

/** Appends `count` events to a stream that has `version`. */
export function appendOf(key: string, version: number, count = 1, over: Partial<Append> = {}): Append {
  const events = Array.from({ length: count }, (_, n) => event(version + n + 1))
  return { kind: 'saga/orders', key, version, events, ...over }
}

/** What the events of an append are as the store gives them, but for their positions. */
export const eventsOf = ({ kind, key, version, events }: Append): Omit<StreamEvent, 'position'>[] =>
  events.map((each, n) => ({ kind, key, version: version + n + 1, ...each }))

export const withoutPosition = (events: readonly StreamEvent[]): unknown =>
  plain(events.map(({ position, ...rest }) => rest))

export async function rejectsWith(code: ErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, error => error instanceof IsthmusError && error.code === code)
}

/** The `seqs` of one accepted message. */
export function seqsOf(accepted: Accepted | undefined): readonly number[] {
  assert.equal(accepted?.status, 'accepted')
  return accepted.seqs
}

/** Without properties that are undefined, so that absent and undefined are the same. */
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

export function sameEntry(entry: Entry | undefined, sent: NewMessage, flow: number, seq: number): void {
  assert.ok(entry, `message ${sent.id} is missing`)
  const { body, ...rest } = entry
  const { id, head, acceptedAt } = sent
  assert.deepEqual(plain(rest), plain({ ...sent.flows[flow], seq, id, head, acceptedAt }))
  assert.ok(Buffer.from(body).equals(sent.body), `the body of ${sent.id} differs`)
}

/** All messages of a flow, read in pages of `limit`. */
export async function allEntries(reader: StoreReader, flow: string, limit = 1000): Promise<Entry[]> {
  const all: Entry[] = []
  for (let after = 0; ; after = all.at(-1)?.seq ?? after) {
    const page = await reader.entries({ flow, after, limit })
    all.push(...page)
    if (page.length === 0) return all
  }
}

export async function flowState(reader: StoreReader, flow = 'orders'): Promise<FlowState> {
  const state = (await reader.flows()).find(each => each.flow === flow)
  assert.ok(state, `flow ${flow} is missing`)
  return state
}

export const cursorOf = (state: FlowState, partition = 0): number =>
  state.cursors.find(each => each.partition === partition)?.cursor ?? 0

export const retiredOf = (state: FlowState): number =>
  state.retired.delivered + state.retired.filtered + state.retired.discarded

/** Deterministic random numbers in [0, 1) (mulberry32), so that a failure can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
