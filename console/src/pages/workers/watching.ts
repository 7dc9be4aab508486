import type { AnswerOf } from '../../../../src/client/answers.ts'

/*
 * What a reader has seen of the members of a store: the answer of the moment, and what has changed from one answer to the
 * next. The server tells how all stand, at whichever member one asks; nobody keeps what was.
 */

export type Workers = AnswerOf<'/api/v1/workers'>
export type Worker = Workers['workers'][number]

/** A member that is there or was. */
export interface Known {
  /** From 0: its letter, the same for as long as the console is open. */
  readonly n: number
  readonly name: string
  readonly version: string
}

export interface Partition {
  /** Id of a member; undefined if nobody holds it. */
  readonly holder: string | undefined
  /** Who held it last, if it was seen to change hands. */
  readonly before: string | undefined
  /** When that was; undefined if it stands as at the first look. */
  readonly moved: number | undefined
}

/** `found`: it was there at the first look. */
export type What =
  | 'found'
  | 'joined'
  | 'leaving'
  | 'left'
  | 'silent'
  | 'back'
  | 'took'
  | 'lost'
  | 'coordinates'
  | 'reads'

export interface Change {
  /** 1 for the first. */
  readonly no: number
  /** When it was seen; of who was there at the first look, when it joined. Milliseconds since 1970. */
  readonly at: number
  readonly what: What
  /** Ids of members. */
  readonly worker: string
  readonly from?: string | undefined
  readonly partitions?: readonly number[]
  readonly sources?: readonly string[]
}

export interface Watched {
  /** When the answer came. */
  readonly at: number
  /** Without `others`. */
  readonly workers: Workers
  /** How many more fell silent before those that are shown. */
  readonly others: number
  readonly known: Readonly<Record<string, Known>>
  /** By number. */
  readonly partitions: readonly Partition[]
  /** The newest first. */
  readonly changes: readonly Change[]
}

const mostChanges = 200

/** Of those that fell silent, so many are shown: who dies again and again is in the list each time, for a day. */
const mostSilent = 5

/** What is known when another answer has come. */
export function seen(before: Watched | undefined, answer: Workers, at: number): Watched {
  const workers = { ...answer, workers: shownOf(answer.workers) }
  const partitions = partitionsOf(before, workers, at)
  const found = before ? changesOf(before, workers, partitions) : arrivals(workers)
  const first = before?.changes[0]?.no ?? 0
  const changes = found.map((change, n) => ({ at, ...change, no: first + n + 1 })).reverse()
  return {
    ...{ at, workers, partitions, known: knownOf(before?.known ?? {}, workers.workers) },
    others: answer.workers.length - workers.workers.length,
    changes: [...changes, ...(before?.changes ?? [])].slice(0, mostChanges),
  }
}

/** Who lives, as they joined; behind them who fell silent last. */
function shownOf(workers: readonly Worker[]): Worker[] {
  const silent = workers.filter(({ state }) => state === 'silent').sort((a, b) => a.silent - b.silent)
  return [...workers.filter(({ state }) => state !== 'silent'), ...silent.slice(0, mostSilent)]
}

type Found = Omit<Change, 'no' | 'at'> & { readonly at?: number }

function arrivals({ shared, workers }: Workers): Found[] {
  if (!shared) return []
  return workers
    .flatMap(({ id, joined }) =>
      joined === undefined ? [] : [{ what: 'found' as const, worker: id, at: joined }],
    )
    .sort((a, b) => a.at - b.at)
}

function knownOf(before: Watched['known'], workers: readonly Worker[]): Watched['known'] {
  const known: Record<string, Known> = { ...before }
  for (const { id, name, version } of workers) known[id] ??= { n: Object.keys(known).length, name, version }
  return known
}

function partitionsOf(
  before: Watched | undefined,
  { partitions, workers }: Workers,
  at: number,
): Partition[] {
  const holders = new Map(workers.flatMap(({ id, partitions: own }) => own.map(each => [each, id] as const)))
  return Array.from({ length: partitions }, (_, number) => {
    const holder = holders.get(number)
    const last = before?.partitions[number]
    if (!last) return { holder, before: undefined, moved: undefined }
    if (last.holder === holder) return last
    return { holder, before: last.holder ?? last.before, moved: at }
  })
}

/** In the order in which they are told: who came, what moved, who went. */
function changesOf(before: Watched, { workers }: Workers, partitions: readonly Partition[]): Found[] {
  const old = new Map(before.workers.workers.map(each => [each.id, each]))
  const now = new Map(workers.map(each => [each.id, each]))
  const came = workers
    .filter(({ id }) => !old.has(id))
    .map(({ id }): Found => ({ what: 'joined', worker: id }))
  const gone = [...old.values()]
    .filter(({ id, state }) => state !== 'silent' && !now.has(id))
    .map(({ id }): Found => ({ what: 'left', worker: id }))
  const states = workers.flatMap(({ id, state }): Found[] => {
    const last = old.get(id)?.state ?? 'working'
    if (last === state) return []
    return [{ what: state === 'working' ? 'back' : state, worker: id }]
  })
  return [
    ...came,
    ...states,
    ...movedPartitions(before, partitions),
    ...duties(before.workers.workers, workers),
    ...gone,
  ]
}

/** Those that went the same way are told together. */
function movedPartitions(before: Watched, partitions: readonly Partition[]): Found[] {
  const moved = partitions.flatMap((partition, number) => {
    const last = before.partitions[number]
    return last && last.holder !== partition.holder ? [{ number, ...partition }] : []
  })
  const ways = grouped(moved, ({ holder = '', before: from = '' }) => `${from} ${holder}`)
  return [...ways.values()].flatMap((way): Found[] => {
    const [{ holder, before: from } = { holder: undefined, before: undefined }] = way
    const numbers = way.map(({ number }) => number)
    if (holder !== undefined) return [{ what: 'took', worker: holder, from, partitions: numbers }]
    return from === undefined ? [] : [{ what: 'lost', worker: from, partitions: numbers }]
  })
}

function duties(old: readonly Worker[], now: readonly Worker[]): Found[] {
  const readers = new Map(old.flatMap(({ id, sources }) => sources.map(source => [source, id] as const)))
  const coordinator = old.find(({ coordinates }) => coordinates)?.id
  return now.flatMap(({ id, coordinates, sources }): Found[] => {
    const isNew = coordinates && coordinator !== id
    const others = grouped(
      sources.filter(source => readers.get(source) !== id),
      source => readers.get(source),
    )
    return [
      ...(isNew ? [{ what: 'coordinates', worker: id, from: coordinator } as const] : []),
      ...[...others].map(([from, taken]) => ({ what: 'reads', worker: id, from, sources: taken }) as const),
    ]
  })
}

/** As Map.groupBy does, which browsers that we serve do not all have. */
function grouped<K, T>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return groups
}
