import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import type { AlertDetail } from '../server/operations/alert-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { moment, safe, type Terminal } from './shared/terminal.ts'

export const alertShowCommand = command({
  name: 'alert show',
  parameters: 'ALERT',
  summary: 'one alert: what it says, what follows from it, and what became of it',
  options: placeOptions,
  async run({ values, positionals: [id = ''], terminal, environment }) {
    const { operations, close } = await openAccess(values, environment)
    try {
      const found = await operations.alerts.show(id)
      if (!found) throw new IsthmusError('CONTROL-REFUSED', `There is no alert ${id}.`)
      if (values.json) terminal.json(found)
      else print(found, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print({ alert, cause, history }: AlertDetail, terminal: Terminal): void {
  const { bold, dim } = terminal.colour
  terminal.line(`${bold(safe(alert.text.en))}  ${alert.severity}, ${alert.status}`)
  const bound = alert.above === undefined ? `below ${alert.below}` : `above ${alert.above}`
  terminal.line(`  ${alert.metric ?? alert.rule} is ${alert.value}, ${bound}, since ${moment(alert.since)}`)
  if (cause !== undefined) terminal.line(`  explained by ${safe(cause)}`)
  for (const each of alert.consequences)
    terminal.line(`  so too: ${safe(each.text.en)}  ${dim(safe(each.id))}`)
  if (alert.acknowledged) terminal.line(`  ${safe(alert.acknowledged.by)} has it`)
  if (alert.runbook !== undefined) terminal.line(`  what to do: ${alert.runbook}`)
  terminal.line()
  for (const { at, type, data } of history)
    terminal.line(`  ${dim(moment(at))}  ${type}  ${dim(safe(JSON.stringify(data)))}`)
}
