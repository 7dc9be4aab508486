import {
  coordinationLease,
  type LeaseState,
  leaseTime,
  type MemberState,
  partitionLease,
  type Role,
  type Standing,
  sourceLease,
} from '../../store/members.ts'
import type { Worker, Workers } from './worker-schemas.ts'

/** The process that answers, as far as it works on the store. */
export interface SelfAtWork {
  /** Undefined where it has the store for itself. */
  readonly member: string | undefined
  readonly name: string
  readonly version: string
  readonly startedAt: number
  readonly partitions: number
  /** Of the landscape, that one at a time reads. */
  readonly sources: readonly string[]
  load(): object
}

/** Who works on a store, and on what. */
export function workersOf(standing: Standing, self: SelfAtWork | undefined): Workers {
  const isShared = standing.members.length > 0 || self?.member !== undefined
  if (!isShared) return alone(self)
  const byHolder = Map.groupBy(standing.leases, ({ holder }) => holder)
  const workers = standing.members
    .map(member => workerOf(member, byHolder.get(member.id) ?? [], self))
    .sort((a, b) => (a.joined ?? 0) - (b.joined ?? 0) || (a.id < b.id ? -1 : 1))
  const known = standing.leases.flatMap(({ name }) => partitionOf(name) ?? [])
  const partitions = self?.partitions ?? Math.max(-1, ...known) + 1
  const held = new Set(workers.flatMap(worker => worker.partitions))
  const read = new Set(workers.flatMap(worker => worker.sources))
  return {
    ...{ shared: true, partitions, lease: leaseTime },
    unheld: range(partitions).filter(each => !held.has(each)),
    unread: (self?.sources ?? []).filter(each => !read.has(each)).sort(),
    workers,
  }
}

function alone(self: SelfAtWork | undefined): Workers {
  const all = { shared: false, lease: leaseTime, unheld: [], unread: [] }
  if (!self) return { ...all, partitions: 0, workers: [] }
  const roles: Role[] = ['intake', 'worker', 'scheduler']
  const { name, version, startedAt, partitions, sources } = self
  const worker: Worker = {
    ...{ id: 'this', name, version, roles, joined: startedAt, silent: 0, state: 'working', self: true },
    ...{ partitions: range(partitions), sources: [...sources], coordinates: true },
    load: loadOf(self.load()),
  }
  return { ...all, partitions, workers: [worker] }
}

function workerOf(member: MemberState, leases: readonly LeaseState[], self: SelfAtWork | undefined): Worker {
  const { id, name, version, joined, leaving, load } = member
  const silent = Math.max(0, Math.round(member.silent))
  const names = leases.map(lease => lease.name)
  const source = sourceLease('')
  return {
    ...{ id, name, version, roles: [...member.roles], joined: Math.round(joined), silent },
    state: silent > leaseTime ? 'silent' : leaving ? 'leaving' : 'working',
    self: id === self?.member,
    partitions: names.flatMap(each => partitionOf(each) ?? []).sort((a, b) => a - b),
    sources: names
      .filter(each => each.startsWith(source))
      .map(each => each.slice(source.length))
      .sort(),
    coordinates: names.includes(coordinationLease),
    load: loadOf(load),
  }
}

/** Members of another version may tell something else of themselves. */
function loadOf(load: unknown): Worker['load'] {
  const told = (load ?? {}) as Readonly<Record<string, unknown>>
  const names = ['inMemory', 'endedPerSecond', 'cpu', 'lag', 'memory'] as const
  return Object.fromEntries(
    names.flatMap(name => (typeof told[name] === 'number' ? [[name, told[name]]] : [])),
  )
}

function partitionOf(lease: string): number | undefined {
  const [, number] = /^partition\/(\d+)$/.exec(lease) ?? []
  return number !== undefined && lease === partitionLease(Number(number)) ? Number(number) : undefined
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}
