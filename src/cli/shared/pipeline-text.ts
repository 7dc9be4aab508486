import { userInfo } from 'node:os'
import type { Operations } from '../../server/operations/operations.ts'
import type { Run, RunDetail, RunTask } from '../../server/operations/pipelines/pipeline-schemas.ts'
import { type Call, type Command, usage } from './command.ts'
import { age, count, moment, plural, safe, type Terminal, table } from './terminal.ts'

/** Who gives an order, and why; a reason is needed, since it is recorded. */
export function personOf(
  known: Command,
  { by = userInfo().username, why }: { readonly by?: string | undefined; readonly why?: string | undefined },
): { by: string; why: string } {
  if (!why) throw usage(known, 'An order needs a reason: --why TEXT')
  return { by, why }
}

/** Milliseconds since 1970 UTC of what a person writes: `2026-05-01`, `2026-05-01T02:00:00+08:00`. */
export function timeOf(known: Command, option: string, text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time))
    throw usage(known, `${option} is a date or a time such as 2026-05-01T02:00:00+08:00`)
  return time
}

export function runBadge(
  { status, waitsFor }: Pick<Run, 'status' | 'waitsFor'>,
  { colour }: Terminal,
): string {
  const { green, red, yellow, dim } = colour
  if (waitsFor !== undefined) return yellow(`waits for ${safe(waitsFor)}`)
  if (status === 'published') return green('published')
  return status === 'failed' ? red('failed') : status === 'running' ? yellow('running') : dim(status)
}

export function runRow(run: Run, terminal: Terminal): string[] {
  const { failure } = run
  const why = failure ? `${failure.table ? `${failure.table}: ` : ''}${failure.code} ${failure.reason}` : ''
  return [
    safe(run.key),
    runBadge(run, terminal),
    run.trigger,
    duration(run.changed - run.began),
    count(run.read),
    count(run.parked),
    count(run.published),
    safe(why),
  ]
}

export const runColumns = [
  { title: 'PERIOD UNTIL' },
  { title: 'STATE' },
  { title: 'BY' },
  { title: 'TOOK', right: true },
  { title: 'READ', right: true },
  { title: 'SET ASIDE', right: true },
  { title: 'CHANGED', right: true },
  { title: 'WHY' },
]

function duration(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : age(ms)
}

/** A run with its tasks and checks. */
export function printRun({ run, tasks, checks, by, why, repairs }: RunDetail, terminal: Terminal): void {
  const { bold, dim, green, red, yellow } = terminal.colour
  terminal.line(`${bold(safe(run.pipeline))} ${safe(run.key)}  ${runBadge(run, terminal)}`)
  const period = `${moment(run.from)} to ${moment(run.until)}`
  terminal.line(
    dim(
      `  period ${period}, attempt ${run.attempt}, begun ${moment(run.began)} by ${by ?? run.trigger}${why ? `: ${safe(why)}` : ''}`,
    ),
  )
  if (repairs)
    terminal.line(dim(`  loads rows of ${repairs.table} that were set aside by ${safe(repairs.run)}`))
  if (run.failure) terminal.line(`  ${red(run.failure.code)} ${safe(run.failure.reason)}`)
  terminal.line()
  const columns = [
    'TABLE',
    'STATE',
    'TOOK',
    'READ',
    'FILTERED',
    'SET ASIDE',
    'SUPERSEDED',
    'WRITTEN',
    'PUBLISHED',
  ].map((title, n) => ({ title, right: n > 1 && n < 8 }))
  terminal.line(
    table(
      terminal,
      columns,
      tasks.map(task => taskRow(task, terminal)),
    ),
  )
  if (checks.length > 0) terminal.line()
  for (const check of checks) {
    const mark = check.ok ? green('✔') : check.severity === 'stop' ? red('✖') : yellow('!')
    terminal.line(
      `  ${mark} ${safe(check.table)}: ${safe(check.check)}${check.ok ? '' : `  ${safe(check.found)}`}`,
    )
    for (const example of check.ok ? [] : check.examples)
      terminal.line(dim(`      ${safe(JSON.stringify(example))}`))
  }
}

function taskRow(task: RunTask, { colour }: Terminal): string[] {
  const { green, red, yellow, dim } = colour
  const paint = {
    loaded: green,
    failed: red,
    running: yellow,
    retrying: yellow,
    waiting: dim,
    'left out': dim,
  }
  const published = [
    task.inserted ? `+${count(task.inserted)}` : '',
    task.updated ? `~${count(task.updated)}` : '',
    task.deleted ? `-${count(task.deleted)}` : '',
  ].filter(Boolean)
  const numbers = [task.read ?? task.rows, task.filtered, task.parked, task.superseded, task.written]
  return [
    safe(task.table),
    paint[task.status](task.status),
    task.ms === undefined ? '' : duration(task.ms),
    ...numbers.map(number => (number === undefined ? '' : count(number))),
    published.join(' ') || (task.unchanged === undefined ? safe(task.reason ?? '') : dim('nothing changed')),
  ]
}

/** Shows how far a run has come until it is over. */
export async function follow(
  operations: Operations,
  pipeline: string,
  key: string,
  terminal: Terminal,
): Promise<RunDetail> {
  let told = ''
  for (;;) {
    const detail = await operations.pipelines.run(pipeline, key)
    if (detail && detail.run.status !== 'running') return detail
    const text = detail ? progressText(detail) : 'begins'
    if (text !== told) terminal.aside(`  ${text}`)
    told = text
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

function progressText({ tasks, run }: RunDetail): string {
  if (run.waitsFor !== undefined) return `waits for ${safe(run.waitsFor)}`
  const done = tasks.filter(({ status }) => status === 'loaded').length
  const working = tasks.filter(({ status }) => status === 'running').map(taskText)
  return [`${done} of ${plural(tasks.length, 'table')}`, ...working].join('; ')
}

function taskText({ table: name, rows = 0, rate, expected }: RunTask): string {
  const rest =
    rate && expected && expected > rows ? `, about ${age(((expected - rows) / rate) * 1000)} left` : ''
  return `${safe(name)} ${count(rows)} rows${rate ? ` at ${count(rate)}/s` : ''}${rest}`
}

/** A command that must be told a pipeline, and a run of it. */
export function named(
  known: Command,
  { positionals }: Pick<Call, 'positionals'>,
): { pipeline: string; key: string } {
  const [pipeline, key] = positionals
  if (pipeline && key) return { pipeline, key }
  throw usage(known, 'Say which run: PIPELINE KEY')
}
