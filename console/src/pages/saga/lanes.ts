import type { AnswerOf } from '../../../../src/client/answers.ts'

export type Saga = AnswerOf<'/api/v1/sagas/{saga}/{key}'>
type Entry = Saga['timeline'][number]

/** Places are shares of the width, from 0 to 1. */
export interface Bar {
  readonly doing: 'do' | 'undo'
  readonly from: number
  readonly to: number
  readonly outcome: 'done' | 'failed' | 'stuck' | 'waiting' | 'running'
  readonly ms: number
  readonly attempts: number
  readonly code: string | undefined
}

export interface Lane {
  readonly step: string
  readonly bars: readonly Bar[]
}

export interface Lanes {
  readonly lanes: readonly Lane[]
  readonly ticks: readonly { readonly at: number; readonly place: number }[]
  /** Time in which nothing happened, and which is drawn short. */
  readonly gaps: readonly { readonly place: number; readonly ms: number }[]
}

/** A stretch of nothing that is so much longer than the usual one is drawn short. */
const longer = 8
const gapWidth = 0.06
const leastWidth = 0.012

/** How a saga went, drawn over time: pure, from its log. */
export function lanesOf(
  { timeline, steps, state }: Pick<Saga, 'timeline' | 'steps' | 'state'>,
  now: number,
): Lanes {
  const isOver = state === 'completed' || state === 'compensated'
  const times = [...timeline.map(({ at }) => at), ...(isOver ? [] : [now])]
  const scale = scaleOf(times)
  const lanes = steps.map(({ step }) => ({
    step,
    bars: barsOf(step, timeline, scale.place, isOver ? undefined : now),
  }))
  return { lanes, ticks: scale.ticks, gaps: scale.gaps }
}

interface Scale extends Pick<Lanes, 'ticks' | 'gaps'> {
  place(at: number): number
}

function scaleOf(times: readonly number[]): Scale {
  const points = [...new Set(times)].sort((a, b) => a - b)
  const lengths = points.slice(1).map((at, n) => at - (points[n] as number))
  const usual = Math.max(1, [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 1)
  const isGap = (length: number) => length > usual * longer && length > 2_000
  const gapCount = lengths.filter(isGap).length
  const gap = Math.min(gapWidth, 0.5 / Math.max(1, gapCount))
  const busy = Math.max(
    1,
    lengths.filter(length => !isGap(length)).reduce((sum, each) => sum + each, 0),
  )
  const free = 1 - gap * gapCount
  const places = new Map<number, number>()
  const gaps: { place: number; ms: number }[] = []
  let place = 0
  for (const [n, at] of points.entries()) {
    const length = n === 0 ? 0 : (lengths[n - 1] as number)
    if (n > 0 && isGap(length)) gaps.push({ place: place + gap / 2, ms: length })
    if (n > 0) place += isGap(length) ? gap : (free * length) / busy
    places.set(at, Math.min(1, place))
  }
  return { place: at => places.get(at) ?? 0, ticks: ticksOf(points, places), gaps }
}

/** Some of the moments, far enough from one another to be read. */
function ticksOf(points: readonly number[], places: ReadonlyMap<number, number>): Lanes['ticks'] {
  const ticks: { at: number; place: number }[] = []
  for (const at of points) {
    const place = places.get(at) as number
    if (place - (ticks.at(-1)?.place ?? -1) >= 0.12 && place <= 0.92) ticks.push({ at, place })
  }
  return ticks
}

const ends = { done: 'done', failed: 'failed', stuck: 'stuck' } as const

/** A bar from the beginning of an attempt to what came of it; one that has no end yet goes on until now. */
function barsOf(
  step: string,
  timeline: readonly Entry[],
  place: (at: number) => number,
  now: number | undefined,
): Bar[] {
  const bars: Bar[] = []
  const begun = new Map<'do' | 'undo', Entry>()
  const last = new Map<'do' | 'undo', Entry>()
  const add = (doing: 'do' | 'undo', end: number, outcome: Bar['outcome'], entry: Entry) => {
    const from = begun.get(doing)?.at ?? entry.at
    const [left, right] = [place(from), place(end)]
    const to = Math.min(1, Math.max(right, left + leastWidth))
    const { attempts = 0, code } = entry
    bars.push({ doing, from: Math.min(left, 1 - leastWidth), to, outcome, ms: end - from, attempts, code })
    begun.delete(doing)
    last.delete(doing)
  }
  for (const [n, entry] of timeline.entries()) {
    if (entry.step !== step) continue
    const doing = entry.doing ?? (entry.what === 'failed' ? 'do' : undefined) ?? 'do'
    if (!begun.has(doing))
      begun.set(doing, entry.what === 'sent' || entry.what === 'waiting' ? entry : (timeline[n - 1] ?? entry))
    last.set(doing, entry)
    if (entry.what in ends) add(doing, entry.at, ends[entry.what as keyof typeof ends], entry)
    else if (['decided', 'received', 'elapsed', 'joined'].includes(entry.what))
      add(doing, entry.at, 'done', entry)
  }
  if (now !== undefined)
    for (const [doing, entry] of last)
      add(doing, now, entry.what === 'waiting' ? 'waiting' : 'running', entry)
  return bars
}

/** What a step should be in the world, what it is as far as is known, and whether that fits. */
export interface Held {
  readonly step: string
  readonly system: string
  readonly channel: string
  readonly should: 'happened' | 'not happened' | 'open'
  readonly is: Saga['steps'][number]['known']
  readonly fit: 'match' | 'differs' | 'under way'
}

export function heldOf({ steps, state, turned }: Pick<Saga, 'steps' | 'state' | 'turned'>): Held[] {
  return steps.flatMap(({ step, do: done, known, undo }) => {
    if (!done) return []
    const [system = done.channel] = done.channel.split('.')
    const should = shouldBe(known, state, turned !== undefined)
    const isThere = known === 'happened'
    const isStuck = (turned === undefined ? done : undo)?.status === 'stuck'
    const fit =
      known === 'unknown' || isStuck
        ? 'differs'
        : should === 'open'
          ? 'under way'
          : isThere === (should === 'happened')
            ? 'match'
            : state === 'compensating' || state === 'paused'
              ? 'under way'
              : 'differs'
    return [{ step, system, channel: done.channel, should, is: known, fit }]
  })
}

/** A saga that is over has done all that was on its way: what it never began was not. */
function shouldBe(known: Held['is'], state: Saga['state'], isTurned: boolean): Held['should'] {
  if (isTurned || (state === 'completed' && known === 'open')) return 'not happened'
  return state === 'completed' || known === 'happened' ? 'happened' : 'open'
}
