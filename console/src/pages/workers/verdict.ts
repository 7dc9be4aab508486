import type { Change, Watched, Worker } from './watching.ts'

/** What there is to say of all members, the worst first. */
export type Verdict =
  | { readonly kind: 'alone' }
  | { readonly kind: 'idle'; readonly partitions: number }
  | {
      readonly kind: 'unheld'
      readonly partitions: number
      /** Of the partition that has been with nobody for longest: milliseconds, if that was seen. */
      readonly ms: number | undefined
      /** Who held them, if it fell silent. */
      readonly silent: Silent | undefined
    }
  | { readonly kind: 'moving'; readonly partitions: number }
  | ({ readonly kind: 'late'; readonly partitions: number } & Silent)
  | { readonly kind: 'uncoordinated' }
  | { readonly kind: 'unread'; readonly sources: number }
  | { readonly kind: 'held'; readonly partitions: number; readonly workers: number }
  | { readonly kind: 'leaving'; readonly workers: readonly string[]; readonly partitions: number }
  | { readonly kind: 'versions'; readonly version: string; readonly count: number; readonly of: number }
  | { readonly kind: 'restart'; readonly began: number; readonly count: number; readonly of: number }
  | ({ readonly kind: 'silent' } & Silent)

interface Silent {
  /** Id of the member that fell silent last. */
  readonly worker: string
  /** Milliseconds since its last sign of life. */
  readonly ms: number
}

/** Milliseconds within which partitions change hands: who finds them with nobody for longer is told loudly. */
const handover = 3_000
/** Milliseconds for which it is said that somebody fell silent, though others have taken over. */
const recent = 600_000
/** Comings and goings that are no further apart, milliseconds, belong to one restart. */
const restartGap = 120_000

export function verdictsOf(watched: Watched, now: number): Verdict[] {
  const { shared, partitions, unread, workers } = watched.workers
  if (workers.length === 0) return []
  if (!shared) return [{ kind: 'alone' }]
  const living = workers.filter(({ state }) => state !== 'silent')
  const holders = living.filter(each => each.partitions.length > 0).length
  const nobody = unheldOf(watched, living, now)
  return [
    ...nobody,
    ...lateOf(watched, living),
    ...(living.some(({ coordinates }) => coordinates) ? [] : [{ kind: 'uncoordinated' } as const]),
    ...(unread.length > 0 ? [{ kind: 'unread', sources: unread.length } as const] : []),
    ...(nobody.length === 0 ? [{ kind: 'held', partitions, workers: holders } as const] : []),
    ...leavingOf(living),
    ...renewalOf(watched, living, now),
    ...silentOf(watched),
  ]
}

function unheldOf({ workers, partitions }: Watched, living: readonly Worker[], now: number): Verdict[] {
  const count = workers.unheld.length
  if (count === 0) return []
  if (!living.some(({ roles }) => roles.includes('worker'))) return [{ kind: 'idle', partitions: count }]
  const those = workers.unheld.flatMap(number => partitions[number] ?? [])
  const last = lastSilent(workers)
  const silent = those.some(({ before }) => before !== undefined && before === last?.worker)
    ? last
    : undefined
  const since = those.map(({ moved }) => moved ?? 0).reduce((one, other) => Math.min(one, other), now)
  if (!silent && now - since < handover) return [{ kind: 'moving', partitions: count }]
  return [{ kind: 'unheld', partitions: count, ms: since === 0 ? undefined : now - since, silent }]
}

/** Half of the time is over after which others take over. */
function lateOf({ workers: { lease } }: Watched, living: readonly Worker[]): Verdict[] {
  return living
    .filter(
      each =>
        isLate(each, lease) && (each.partitions.length > 0 || each.coordinates || each.sources.length > 0),
    )
    .map(({ id, silent, partitions }) => ({
      kind: 'late',
      worker: id,
      ms: silent,
      partitions: partitions.length,
    }))
}

export function isLate({ silent, state }: Worker, lease: number): boolean {
  return state !== 'silent' && silent > lease / 2
}

function leavingOf(living: readonly Worker[]): Verdict[] {
  const leaving = living.filter(({ state }) => state === 'leaving')
  if (leaving.length === 0) return []
  const partitions = leaving.reduce((sum, { partitions }) => sum + partitions.length, 0)
  return [{ kind: 'leaving', workers: leaving.map(({ id }) => id), partitions }]
}

/** Members are replaced one by one, by another version (that of who came last) or by the same. */
function renewalOf({ changes }: Watched, living: readonly Worker[], now: number): Verdict[] {
  const newest = [...living].sort((a, b) => (a.joined ?? 0) - (b.joined ?? 0)).at(-1)
  const those = living.filter(({ version }) => version === newest?.version)
  if (newest && those.length < living.length)
    return [{ kind: 'versions', version: newest.version, count: those.length, of: living.length }]
  const episode = episodeOf(changes, now)
  const came = new Set(episode.filter(({ what }) => what === 'joined').map(({ worker }) => worker))
  const went = new Set(episode.filter(({ what }) => what !== 'joined').map(({ worker }) => worker))
  const began = episode.at(-1)?.at
  // Who dies is replaced, too, but that alone is no restart.
  if (began === undefined || !episode.some(({ what }) => what === 'leaving' || what === 'left')) return []
  const lives = new Set(living.map(({ id }) => id))
  const count = living.filter(({ id }) => came.has(id) && !went.has(id)).length
  // Of those who have gone, for whom nobody has come yet; who came and went meanwhile was one of these.
  const missing = [...went].filter(id => !lives.has(id) && !came.has(id)).length - count
  return [{ kind: 'restart', began, count, of: living.length + Math.max(0, missing) }]
}

/** The last comings and goings that were seen, the newest first. */
function episodeOf(changes: readonly Change[], now: number): Change[] {
  const episode: Change[] = []
  for (const change of changes) {
    if (!['joined', 'leaving', 'left', 'silent'].includes(change.what)) continue
    if ((episode.at(-1)?.at ?? now) - change.at > restartGap) break
    episode.push(change)
  }
  return episode
}

function silentOf({ workers }: Watched): Verdict[] {
  const last = lastSilent(workers)
  return last && workers.unheld.length === 0 ? [{ kind: 'silent', ...last }] : []
}

function lastSilent({ workers, lease }: Watched['workers']): Silent | undefined {
  const lost = workers.filter(({ state, silent }) => state === 'silent' && silent - lease < recent)
  const [last] = lost.sort((a, b) => a.silent - b.silent)
  return last && { worker: last.id, ms: last.silent }
}
