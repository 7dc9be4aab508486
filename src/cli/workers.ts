import { setTimeout as wait } from 'node:timers/promises'
import { exitCodes } from '../server/exit-code.ts'
import type { Worker, Workers } from '../server/operations/worker-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, count, plural, safe, type Terminal, table } from './shared/terminal.ts'

/** Milliseconds from one look to the next. */
const every = 2_000

export const workersCommand = command({
  name: 'workers',
  parameters: '[LANDSCAPE]',
  summary: 'show which processes work on the store, and on what',
  options: {
    data: placeOptions.data,
    watch: { help: 'look again every 2 seconds, until you stop it' },
  },
  more: 'Partitions are shares of the keys: each is worked off by one worker at a time.',
  async run({ values, positionals, terminal, environment }) {
    const place = { data: values.data, landscape: positionals[0] }
    for (;;) {
      const { operations, close } = await openAccess(place, environment, { withoutLandscape: true })
      const workers = await operations.workers().finally(close)
      if (values.json) terminal.json(workers)
      else print(workers, terminal)
      if (!values.watch) return exitCodes.ok
      await wait(every)
      if (!values.json) terminal.line()
    }
  },
})

function print({ shared, partitions, unheld, unread, workers }: Workers, terminal: Terminal): void {
  const { dim, yellow } = terminal.colour
  terminal.line(workers.length === 0 ? 'Nobody works on the store.' : workerTable(workers, terminal))
  if (workers.length === 0) return
  const how = shared ? `${plural(partitions, 'partition')} in all` : 'one process has the store for itself'
  terminal.line(dim(`\n  ${how}`))
  if (unheld.length > 0)
    terminal.line(`  ${yellow('held by nobody')} ${plural(unheld.length, 'partition')}: ${ranges(unheld)}`)
  if (unread.length > 0)
    terminal.line(
      `  ${yellow('read by nobody')} ${plural(unread.length, 'source')}: ${safe(unread.join(', '))}`,
    )
  if (shared && !workers.some(({ coordinates }) => coordinates))
    terminal.line(`  ${yellow('nobody coordinates')} sagas, transactions and pipelines stand still`)
}

function workerTable(workers: readonly Worker[], terminal: Terminal): string {
  const titles = ['NAME', 'ROLES', 'VERSION', 'SINCE', 'LAST SIGN', 'PARTITIONS', 'WHAT ELSE', 'LOAD']
  const rows = workers.map(worker => {
    const { name, roles, version, joined } = worker
    const since = joined === undefined ? '' : age(Date.now() - joined)
    const kinds = roles.length === 3 ? 'all' : roles.join(', ')
    const held = [lastSign(worker, terminal), ranges(worker.partitions), elseOf(worker), loadText(worker)]
    return [safe(name), kinds, safe(version), since, ...held]
  })
  return table(
    terminal,
    titles.map(title => ({ title })),
    rows,
  )
}

function lastSign({ state, silent }: Worker, { colour }: Terminal): string {
  const ago = age(silent)
  if (state === 'silent') return colour.red(`${ago}, silent`)
  return state === 'leaving' ? colour.yellow(`${ago}, leaving`) : ago
}

function elseOf({ coordinates, sources }: Worker): string {
  const parts = [...(coordinates ? ['coordination'] : []), ...sources]
  return parts.length === 0 ? '-' : safe(parts.join(', '))
}

function loadText({ load: { inMemory, endedPerSecond, cpu, lag, memory } }: Worker): string {
  const parts = [
    cpu === undefined ? undefined : `${Math.round(cpu * 100)}% CPU`,
    memory === undefined ? undefined : `${Math.round(memory / 2 ** 20)} MiB`,
    lag === undefined ? undefined : `${Math.round(lag)} ms lag`,
    inMemory === undefined ? undefined : `${count(inMemory)} in memory`,
    endedPerSecond === undefined ? undefined : `${endedPerSecond.toFixed(1)}/s`,
  ]
  return parts.filter(part => part !== undefined).join(', ')
}

/** `0-3, 7` */
function ranges(numbers: readonly number[]): string {
  const spans: [number, number][] = []
  for (const number of numbers) {
    const last = spans.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else spans.push([number, number])
  }
  if (spans.length === 0) return '-'
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}
