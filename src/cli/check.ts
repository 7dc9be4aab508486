import { checkLandscape } from '../flow/check.ts'
import { currentSagas } from '../flow/own-systems.ts'
import { checkAlerts } from '../observe/alerts/check-alerts.ts'
import { exitCodes } from '../server/exit-code.ts'
import { checkLive } from '../server/live-check.ts'
import { command } from './shared/command.ts'
import { loadLandscape, shortPath } from './shared/landscape-file.ts'
import { plural } from './shared/terminal.ts'

export const checkCommand = command({
  name: 'check',
  parameters: '[LANDSCAPE]',
  summary: 'find what must not run, before it runs',
  options: { live: { help: 'connect the systems too, and ask databases whether they can vote' } },
  more:
    'With --live: settings come from the environment, as in start; every system is connected and checked, and each that\n' +
    'takes part in a transaction says what keeps it from that. Nothing is changed anywhere.',
  async run({ values, positionals, terminal, environment }) {
    const landscape = await loadLandscape(positionals[0])
    const problems = [
      ...checkLandscape(landscape),
      ...checkAlerts(landscape),
      ...(values.live ? await checkLive(landscape, environment) : []),
    ]
    const { name, flows, systems, sagas } = landscape
    const errors = problems.filter(({ level }) => level === 'error').length
    if (values.json) terminal.json({ landscape: name, sound: errors === 0, problems })
    else {
      const { red, yellow, green, dim } = terminal.colour
      for (const { at, where, reason, remedy, level } of problems) {
        const mark = level === 'error' ? red('✖') : yellow('!')
        terminal.line(`${mark} ${at === undefined ? '' : `${placeOf(at)}: `}${where}: ${reason}`)
        terminal.line(`  ${dim(remedy)}`)
      }
      const known = currentSagas(sagas).length
      const more = known > 0 ? `, ${plural(known, 'saga')}` : ''
      const size = `${plural(flows.length, 'flow')}, ${plural(systems.length, 'system')}${more}`
      const warned = problems.length > errors ? `, ${plural(problems.length - errors, 'warning')}` : ''
      if (errors === 0) terminal.line(`${green('✔')} ${name}: ${size}, sound${warned}`)
      else terminal.line(`${name}: ${plural(errors, 'problem')} in ${size}${warned}`)
    }
    return errors === 0 ? exitCodes.ok : exitCodes.usage
  },
})

function placeOf(at: string): string {
  const [, path = at, line = ''] = /^(.*?)(:\d+)?$/.exec(at) ?? []
  return shortPath(path) + line
}
