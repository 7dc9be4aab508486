import { exitCodes } from '../server/exit-code.ts'
import type { Status } from '../server/operations/schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, count, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const statusCommand = command({
  name: 'status',
  parameters: '[LANDSCAPE]',
  summary: 'show how the instance and its flows stand',
  options: { data: placeOptions.data },
  async run({ values, positionals, terminal, environment }) {
    const place = { data: values.data, landscape: positionals[0] }
    const { operations, isRunning, close } = await openAccess(place, environment, { withoutLandscape: true })
    const status = await operations.status()
    await close()
    if (values.json) terminal.json({ running: isRunning, ...status })
    else print(status, terminal)
    return exitCodes.ok
  },
})

function print(status: Status, terminal: Terminal): void {
  const { bold, dim, red, yellow } = terminal.colour
  const { instance, flows, systems } = status
  terminal.line(`${bold(status.landscape ?? 'isthmus')}  ${headline(status, terminal)}`)
  if (instance)
    terminal.line(dim(`  messages at ${instance.intake}, pid ${instance.pid}, version ${instance.version}`))
  terminal.line(dim(`  kept in ${safe(status.store)}`))
  terminal.line()
  if (flows.length > 0) terminal.line(flowTable(flows, instance !== undefined, terminal))
  if (flows.length > 0 && status.sagas.length > 0) terminal.line()
  if (status.sagas.length > 0) terminal.line(sagaTable(status, terminal))
  for (const { flow, paused } of flows)
    if (paused !== undefined) terminal.line(`  ${yellow('paused')} ${flow}: ${safe(paused)}`)
  for (const { flow, catchingUp } of flows)
    if (catchingUp)
      terminal.line(`  ${yellow('catching up')} ${flow}: some that wait have ended before the crash`)
  for (const { flow, sourceFailed } of flows)
    if (sourceFailed !== undefined) terminal.line(`  ${red('source failed')} ${flow}: ${safe(sourceFailed)}`)
  for (const { system, unreachable, waiting } of systems) {
    const held = waiting > 0 ? `${plural(waiting, 'message')} for it` : ''
    if (unreachable !== undefined)
      terminal.line(`  ${red('unreachable')} ${system}: ${safe(unreachable)}${held && ` (${held} waiting)`}`)
    else if (held) terminal.line(`  ${yellow('waiting')} ${held} (${system}: quota)`)
  }
  for (const { source, ...found } of status.drift ?? []) {
    const counts = Object.entries(found).flatMap(([severity, n]) => (n > 0 ? [`${n} ${severity}`] : []))
    const paint = found.critical > 0 ? red : yellow
    terminal.line(`  ${paint('drift')} ${source}: ${counts.join(', ')}`)
  }
  const waiting = flows.reduce((sum, { parked, inDoubt }) => sum + parked + inDoubt, 0)
  if (waiting > 0) terminal.line(`\n  ${plural(waiting, 'message')} for you to decide: isthmus parked list`)
  printDoubts(status, terminal)
}

function printDoubts({ sagas, heldSagas = 0, transactions }: Status, terminal: Terminal): void {
  const { red } = terminal.colour
  const needy = sagas.reduce((sum, { needsPerson }) => sum + needsPerson, 0)
  if (needy > 0)
    terminal.line(`\n  ${plural(needy, 'saga')} for you to decide: isthmus saga list --state needs-person`)
  if (heldSagas > 0)
    terminal.line(
      `\n  ${plural(heldSagas, 'saga')} of versions that this landscape does not have: isthmus saga list`,
    )
  const { inDoubt, mixed, oldest } = transactions
  if (inDoubt === 0) return
  const long = oldest === undefined ? '' : `, the oldest for ${age(Date.now() - oldest)}`
  const odd = mixed > 0 ? `, ${red(`${count(mixed)} mixed`)}` : ''
  terminal.line(`\n  ${plural(inDoubt, 'transaction')} in doubt${long}${odd}: isthmus indoubt list`)
}

function sagaTable({ sagas, instance }: Status, terminal: Terminal): string {
  const { red } = terminal.colour
  const ended = instance ? ['COMPLETED', 'COMPENSATED'] : []
  const numbers = ['RUNNING', 'WAITING', 'COMPENSATING', 'PAUSED', 'NEEDS PERSON', ...ended]
  const columns = [{ title: 'SAGA' }, ...numbers.map(title => ({ title, right: true }))]
  const rows = sagas.map(({ saga, running, waiting, compensating, paused, needsPerson, sinceStart }) => {
    const needy = needsPerson > 0 ? red(count(needsPerson)) : '0'
    const over = instance ? [sinceStart?.completed ?? 0, sinceStart?.compensated ?? 0].map(count) : []
    return [saga, ...[running, waiting, compensating, paused].map(count), needy, ...over]
  })
  return table(terminal, columns, rows)
}

function headline({ instance }: Status, { colour }: Terminal): string {
  if (!instance) return colour.yellow('stopped')
  const up = `for ${age(Date.now() - instance.startedAt)}`
  if (instance.closed !== undefined)
    return `${colour.yellow('running, accepts nothing')}: ${safe(instance.closed)}`
  return `${colour.green('running')} ${up}`
}

function flowTable(flows: Status['flows'], live: boolean, terminal: Terminal): string {
  const { red } = terminal.colour
  const numbers = ['ACCEPTED', 'ENDED', 'WAITING', 'RETRYING', 'HELD', 'PARKED', 'IN DOUBT']
  const more = live ? ['IN/S', 'OUT/S', 'OLDEST'] : ['OLDEST']
  const columns = [{ title: 'FLOW' }, ...[...numbers, ...more].map(title => ({ title, right: true }))]
  const rows = flows.map(each => {
    const { flow, accepted, ended, waiting, retrying, held, parked, inDoubt, oldestWaiting, perSecond } = each
    const alarmed = [parked, inDoubt].map(value => (value > 0 ? red(count(value)) : '0'))
    const rates = live ? [perSecond?.accepted, perSecond?.ended].map(rate => (rate ?? 0).toFixed(1)) : []
    const oldest = oldestWaiting === undefined ? '' : age(Date.now() - oldestWaiting)
    return [flow, ...[accepted, ended, waiting, retrying, held].map(count), ...alarmed, ...rates, oldest]
  })
  return table(terminal, columns, rows)
}
