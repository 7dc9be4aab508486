import { exitCodes } from '../server/exit-code.ts'
import type { AlertList, AlertView } from '../server/operations/alert-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, moment, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const alertsCommand = command({
  name: 'alerts',
  parameters: '',
  summary: 'what fires, one line for each cause, and where it is told',
  options: { ended: { help: 'those that came to an end too' }, ...placeOptions },
  async run({ values, terminal, environment }) {
    const { operations, close } = await openAccess(values, environment)
    try {
      const found = await operations.alerts.list()
      if (values.json) terminal.json(found)
      else print(found, values.ended === true, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print(
  { alerts, recent, silences, channels, problems }: AlertList,
  ended: boolean,
  terminal: Terminal,
): void {
  const { green, red, yellow, dim } = terminal.colour
  const stopped = problems.some(({ code }) => code === 'not-running')
  if (stopped) terminal.line(`${yellow('!')} The instance does not run, and nobody watches.`)
  else if (alerts.length === 0) terminal.line(`${green('✔')} Nothing fires.`)
  else printAlerts(alerts, terminal)
  if (ended || stopped) {
    terminal.line()
    for (const each of recent)
      terminal.line(
        `  ${dim('over')} ${moment(each.resolvedAt ?? each.since)}  ${safe(each.text.en)}  ${dim(safe(each.id))}`,
      )
  }
  for (const { match, until, by, why } of silences) {
    const what = Object.entries(match).map(([name, value]) => `${name} ${value}`)
    terminal.line(
      `  ${dim('silent')} ${safe(what.join(', '))} until ${moment(until)}, by ${safe(by)}: ${safe(why)}`,
    )
  }
  if (problems.some(({ code }) => code === 'no-channel'))
    terminal.line(
      `  ${red('✖')} No channel is declared, so nobody is told: landscape({ alertChannels: [...] })`,
    )
  for (const { name, kind, failing, sent } of channels)
    terminal.line(
      failing
        ? `  ${red('✖')} ${name} (${kind}): ${safe(failing.reason)}`
        : `  ${green('✔')} ${name} (${kind}), ${plural(sent, 'message')} sent`,
    )
}

function printAlerts(alerts: readonly AlertView[], terminal: Terminal): void {
  const { dim } = terminal.colour
  const rows = alerts.map(alert => [
    badge(alert, terminal),
    safe(alert.text.en),
    age(Date.now() - alert.since),
    safe(whoHas(alert)),
    safe(alert.id),
  ])
  const titles = ['', 'WHAT', 'SINCE', 'WHO', 'ALERT']
  const columns = titles.map(title => ({ title, right: title === 'SINCE' }))
  terminal.line(table(terminal, columns, rows))
  const more = alerts.reduce((sum, { consequences }) => sum + consequences.length, 0)
  const follow = more > 0 ? `, with ${plural(more, 'consequence')}` : ''
  terminal.line(`\n  ${plural(alerts.length, 'alert')}${follow}  ${dim('isthmus alert show ALERT')}`)
}

function badge({ severity, status }: AlertView, { colour }: Terminal): string {
  if (status === 'pending') return colour.dim('pending')
  if (severity === 'critical') return colour.red(severity)
  return severity === 'warning' ? colour.yellow(severity) : severity
}

function whoHas({ acknowledged, silenced }: AlertView): string {
  if (silenced) return `silent until ${moment(silenced.until)}`
  return acknowledged?.by ?? 'nobody'
}
