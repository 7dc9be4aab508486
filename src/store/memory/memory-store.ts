import { IsthmusError } from '../../errors.ts'
import type {
  Accepted,
  Append,
  Appended,
  NewMessage,
  RetireLimits,
  Settlement,
  SourcePosition,
  Store,
} from '../store.ts'
import { memoryReader } from './memory-reader.ts'
import type { FlowRecords, MemoryState } from './memory-state.ts'
import { copyJson, flowRecords, memoryState } from './memory-state.ts'
import { appendToStream, retireStreams } from './memory-streams.ts'

/**
 * A store that lives as long as `state`. Uses no clock, no randomness and no timers: what is asked is done at once
 * and answered by a microtask, so a simulation runs the same every time. A simulator keeps the state itself, takes
 * `copyMemoryState(state)` at the instants it wants to be able to crash at, and opens a new store over such a copy.
 */
export function memoryStore(state: MemoryState = memoryState()): Store {
  let token: number | undefined
  const claimed = <T>(work: () => T): T => {
    if (token !== undefined) return work()
    throw new IsthmusError(
      'STORE-UNAVAILABLE',
      'the store in memory is not claimed, or was closed: claim it first',
    )
  }
  return {
    claim: async (owner, { partitions = state.partitions } = {}) => {
      if (state.owner !== undefined)
        throw new IsthmusError(
          'STORE-IN-USE',
          `the store in memory belongs to ${state.owner}: close that one first`,
        )
      const clean = state.clean
      token = ++state.token
      state.owner = owner
      state.clean = false
      if (state.flows.size === 0) state.partitions = partitions
      return { token, clean, partitions: state.partitions }
    },
    accept: async (messages, position) => claimed(() => accept(state, messages, position)),
    settle: async settlement => claimed(() => settle(state, settlement)),
    append: async (appends, token) => claimed(() => append(state, appends, token)),
    retire: async limits => claimed(() => retire(state, limits)),
    read: memoryReader(state),
    close: async (how = 'clean') => {
      if (token === undefined) return
      token = undefined
      state.owner = undefined
      state.clean = how === 'clean'
    },
  }
}

function accept(state: MemoryState, messages: readonly NewMessage[], position?: SourcePosition): Accepted[] {
  // Copies are made before anything is stored: what cannot be stored throws here, with nothing kept.
  const copies = messages.map(({ body, identity, ...rest }) => ({
    ...copyJson(rest),
    body: body.slice(),
    identity,
  }))
  const at = position && copyJson(position)
  const answers = copies.map(message => acceptOne(state, message))
  if (at !== undefined && !(at.unlessConflict && answers.some(({ status }) => status === 'conflict')))
    state.positions.set(at.source, at.position)
  return answers
}

function acceptOne(state: MemoryState, message: NewMessage): Accepted {
  const { flows, id, head, body, acceptedAt, identity } = message
  const first = identity === undefined ? undefined : state.identities.get(identity)
  if (identity !== undefined && first !== undefined) {
    const same = Buffer.compare(first.content, body) === 0
    return { status: same ? 'duplicate' : 'conflict', id: first.id }
  }
  if (identity !== undefined) state.identities.set(identity, { id, content: body, acceptedAt })
  const seqs = flows.map(address => {
    const flow = state.flows.get(address.flow) ?? flowRecords()
    state.flows.set(address.flow, flow)
    flow.entries.set(++flow.head, { ...address, seq: flow.head, id, head, body, acceptedAt })
    state.bytes += sizeOf(message)
    return flow.head
  })
  return { status: 'accepted', id, seqs }
}

const sizeOf = (message: Pick<NewMessage, 'head' | 'body'>): number =>
  message.body.byteLength + JSON.stringify(message.head).length

function append(state: MemoryState, appends: readonly Append[], token: number): Appended[] {
  requireOwner(state, token)
  return appends.map(({ messages = [], ...one }) => {
    const { status, version } = appendToStream(state, copyJson(one))
    return status === 'conflict'
      ? { status, version }
      : { status, version, accepted: accept(state, messages) }
  })
}

function requireOwner(state: MemoryState, token: number): void {
  if (token === state.token) return
  throw new IsthmusError('STORE-FENCED', `token ${token} is not that of the store's owner, ${state.token}`)
}

function settle(state: MemoryState, settlement: Settlement): void {
  requireOwner(state, settlement.token)
  const { flow: name, partition, cursor, settled, unfinished } = copyJson(settlement)
  const flow = state.flows.get(name)
  if (flow === undefined) return
  flow.cursors.set(partition, Math.max(cursor, flow.cursors.get(partition) ?? 0))
  for (const one of settled) {
    if (hasEnded(flow, one.seq)) continue
    flow.settled.set(one.seq, one)
    flow.unfinished.delete(one.seq)
  }
  for (const row of unfinished)
    if (!hasEnded(flow, row.seq)) flow.unfinished.set(row.seq, { ...row, partition })
}

const hasEnded = (flow: FlowRecords, seq: number): boolean => flow.settled.has(seq) || !flow.entries.has(seq)

/** Messages that one call of `retire` removes at most. */
const retireAtMost = 4000

function retire(state: MemoryState, limits: RetireLimits): number {
  const { before = 0, bytes = Infinity, identitiesBefore = 0 } = limits
  for (const [name, { acceptedAt }] of state.identities)
    if (acceptedAt < identitiesBefore) state.identities.delete(name)
  const finished = [...state.flows.values()]
    .flatMap(flow =>
      [...flow.settled.keys()].map(seq => ({ flow, seq, at: flow.entries.get(seq)?.acceptedAt ?? 0 })),
    )
    .sort((a, b) => a.at - b.at || a.seq - b.seq)
  let count = retireStreams(state, before, retireAtMost)
  for (const { flow, seq, at } of finished) {
    if (count === retireAtMost || (at >= before && state.bytes <= bytes)) break
    retireOne(state, flow, seq)
    count++
  }
  return count
}

function retireOne(state: MemoryState, flow: FlowRecords, seq: number): void {
  const entry = flow.entries.get(seq)
  const settled = flow.settled.get(seq)
  if (entry === undefined || settled === undefined) return
  state.bytes -= sizeOf(entry)
  flow.retired[settled.outcome]++
  flow.entries.delete(seq)
  flow.settled.delete(seq)
}
