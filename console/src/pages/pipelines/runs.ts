import type { AnswerOf } from '../../../../src/client/answers.ts'
import type { StateName } from '../../kit/status.tsx'

export type PipelineView = AnswerOf<'/api/v1/pipelines'>['pipelines'][number]
export type Run = AnswerOf<'/api/v1/pipelines/{pipeline}/runs'>['runs'][number]
export type RunDetail = AnswerOf<'/api/v1/pipelines/{pipeline}/runs/{key}'>
export type Task = RunDetail['tasks'][number]

/** How a run is told in one word: published in part, where rows or checks are left for a person. */
export type Look = 'published' | 'partly' | 'failed' | 'running' | 'waiting' | 'cancelled'

export function lookOf({ status, parked, broken, waitsFor }: Run): Look {
  if (status === 'running') return waitsFor === undefined ? 'running' : 'waiting'
  return status === 'published' && (parked > 0 || broken > 0) ? 'partly' : status
}

export const stateOfLook: Readonly<Record<Look, StateName>> = {
  published: 'ok',
  partly: 'slow',
  failed: 'down',
  running: 'running',
  waiting: 'waiting',
  cancelled: 'discarded',
}

/** What needs a person first. */
const order: readonly (Look | 'never')[] = [
  'failed',
  'waiting',
  'running',
  'partly',
  'never',
  'cancelled',
  'published',
]

/** Of a pipeline: failed as long as a run of it has failed, and nobody has resumed or cancelled it. */
export function lookOfPipeline({ last, failed }: PipelineView): Look | 'never' {
  if (!last) return 'never'
  return failed.length > 0 ? 'failed' : lookOf(last)
}

export function inOrder(pipelines: readonly PipelineView[]): PipelineView[] {
  return [...pipelines].sort(
    (a, b) =>
      order.indexOf(lookOfPipeline(a)) - order.indexOf(lookOfPipeline(b)) ||
      a.pipeline.localeCompare(b.pipeline),
  )
}

const hour = 3_600_000

/** Runs so close to each other that a calendar would hold many on a day; so are those without a schedule. */
export function isDense(runs: readonly Run[]): boolean {
  const lengths = runs.map(({ from, until }) => until - from).sort((a, b) => a - b)
  const usual = lengths[Math.floor(lengths.length / 2)]
  return usual !== undefined && (usual < 6 * hour || runs.every(({ from }) => from === 0))
}

export interface Day {
  /** `2026-11-30`. */
  readonly date: string
  readonly isOther: boolean
  /** The oldest first. */
  readonly runs: readonly Run[]
}

const dayMs = 86_400_000
const isoDate = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** The weeks of a month (`2026-11`), Monday first, each day with its runs. */
export function weeksOf(month: string, runs: readonly Run[]): Day[][] {
  const first = Date.parse(`${month}-01T00:00:00Z`)
  const begin = first - ((new Date(first).getUTCDay() + 6) % 7) * dayMs
  const weeks: Day[][] = []
  for (let at = begin; at <= first || isoDate(at).startsWith(month); at += 7 * dayMs)
    weeks.push(
      Array.from({ length: 7 }, (_, n) => {
        const date = isoDate(at + n * dayMs)
        const own = runs.filter(run => run.date === date).sort((a, b) => (a.key < b.key ? -1 : 1))
        return { date, isOther: !date.startsWith(month), runs: own }
      }),
    )
  return weeks
}

export function monthBeside(month: string, step: 1 | -1): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7)
}

/** Times between which the runs of a month end, whatever the zone of the schedule. */
export function rangeOfMonth(month: string): { readonly from: number; readonly until: number } {
  const first = Date.parse(`${month}-01T00:00:00Z`)
  return { from: first - dayMs, until: Date.parse(`${monthBeside(month, 1)}-01T00:00:00Z`) + 3 * dayMs }
}

export interface Sums {
  readonly read: number
  readonly filtered: number
  readonly parked: number
  readonly superseded: number
  readonly written: number
  /** Rows that are not accounted for: 0. */
  readonly missing: number
}

/** Of the rows that came from outside. */
export function sumsOf(tasks: readonly Task[]): Sums {
  const read = tasks.filter(({ kind }) => kind === 'rows')
  const sum = (of: (task: Task) => number | undefined) =>
    read.reduce((total, task) => total + (of(task) ?? 0), 0)
  const found = {
    read: sum(task => task.read),
    filtered: sum(task => task.filtered),
    parked: sum(task => task.parked),
    superseded: sum(task => task.superseded),
    written: sum(task => task.written),
  }
  return { ...found, missing: found.read - found.filtered - found.parked - found.superseded - found.written }
}

/** How long the work on a table took, or takes so far, milliseconds. */
export function tookOf({ ms, began, status }: Task, now: number): number {
  return ms ?? (status === 'running' && began !== undefined ? Math.max(0, now - began) : 0)
}

export interface Slowest {
  readonly table: string
  readonly ms: number
  /** Of the work on all tables. */
  readonly share: number
}

export function slowestOf(tasks: readonly Task[], now: number): Slowest | undefined {
  const all = tasks.reduce((total, task) => total + tookOf(task, now), 0)
  const [slowest] = [...tasks].sort((a, b) => tookOf(b, now) - tookOf(a, now))
  if (!slowest || all === 0) return undefined
  const ms = tookOf(slowest, now)
  return { table: slowest.table, ms, share: ms / all }
}

/** Milliseconds until the tables under way are read, where the run before tells how many rows there are. */
export function leftOf(tasks: readonly Task[]): number | undefined {
  const lefts = tasks.flatMap(({ status, rows = 0, rate, expected }) =>
    status === 'running' && rate !== undefined && rate > 0 && expected !== undefined && expected > rows
      ? [((expected - rows) / rate) * 1000]
      : [],
  )
  return lefts.length > 0 ? Math.max(...lefts) : undefined
}
