import { userInfo } from 'node:os'
import { exitCodes } from '../server/exit-code.ts'
import { parseDuration } from '../system/duration.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { moment, safe } from './shared/terminal.ts'

export const alertSilenceCommand = command({
  name: 'alert silence',
  parameters: 'ALERT',
  summary: 'tells nobody of an alert for some time',
  options: { for: { value: 'TIME', help: 'how long, such as 2h' }, ...whoOptions, ...placeOptions },
  async run({ values, positionals: [id = ''], terminal, environment }) {
    const { by = userInfo().username, why } = values
    if (!why || !values.for)
      throw usage(alertSilenceCommand, 'A silence has an end and a reason: --for TIME --why TEXT')
    const until = Date.now() + parseDuration(values.for)
    const { operations, close } = await openAccess(values, environment)
    try {
      const silence = await operations.alerts.silence(id, { by, why, until })
      if (values.json) terminal.json(silence)
      else terminal.line(`${terminal.colour.green('✔')} ${safe(id)} is silent until ${moment(until)}`)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

export const alertAcknowledgeCommand = command({
  name: 'alert acknowledge',
  parameters: 'ALERT',
  summary: 'says that somebody has it: nobody is reminded',
  options: { ...whoOptions, ...placeOptions },
  async run({ values, positionals: [id = ''], terminal, environment }) {
    const { by = userInfo().username, why } = values
    const { operations, close } = await openAccess(values, environment)
    try {
      await operations.alerts.acknowledge(id, { by, ...(why && { why }) })
      if (values.json) terminal.json({ done: 1 })
      else terminal.line(`${terminal.colour.green('✔')} ${safe(by)} has ${safe(id)}`)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

export const alertTestCommand = command({
  name: 'alert test',
  parameters: 'CHANNEL',
  summary: 'sends a test message to an alert channel',
  options: placeOptions,
  async run({ values, positionals: [channel = ''], terminal, environment }) {
    const { operations, close } = await openAccess(values, environment)
    try {
      const { taken, reason } = await operations.alerts.test(channel)
      const { green, red } = terminal.colour
      if (values.json) terminal.json({ taken, reason })
      else if (taken) terminal.line(`${green('✔')} ${safe(channel)} took it`)
      else terminal.line(`${red('✖')} ${safe(channel)}: ${safe(reason ?? '')}`)
      return taken ? exitCodes.ok : exitCodes.failed
    } finally {
      await close()
    }
  },
})
