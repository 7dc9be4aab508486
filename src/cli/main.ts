import { IsthmusError, reasonOf } from '../errors.ts'
import { exitCodeOf, exitCodes } from '../server/exit-code.ts'
import { version } from '../server/version.ts'
import { commands } from './commands.ts'
import { parseCall } from './shared/command.ts'
import { commandHelp, overview } from './shared/help.ts'
import { safe, Terminal } from './shared/terminal.ts'

// Whoever read the answer, such as `head`, may have gone before its end.
process.stdout.on('error', () => process.exit())
process.exitCode = await main(process.argv.slice(2))
// Handles that are still open, such as those of a store that stays claimed, do not keep a command alive.
process.stdout.write('', () => process.exit())

async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal()
  try {
    return await run(args, terminal)
  } catch (error) {
    return report(error, args.includes('--json'), terminal)
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = ''] = args
  if (['', 'help', '-h', '--help'].includes(first)) {
    const all = await Promise.all(Object.values(commands).map(load => load()))
    terminal.line(overview(all, version, terminal))
    return first === '' ? exitCodes.usage : exitCodes.ok
  }
  if (first === '--version' || first === 'version') {
    terminal.line(version)
    return exitCodes.ok
  }
  const name = [first, args.slice(0, 2).join(' ')].find(words => Object.hasOwn(commands, words)) ?? ''
  const found = await commands[name]?.()
  if (!found) throw new IsthmusError('CLI-USAGE', unknown(args))
  const { values, positionals } = parseCall(found, args.slice(name.split(' ').length))
  if (values.help) {
    terminal.line(commandHelp(found, terminal))
    return exitCodes.ok
  }
  return found.run({ values, positionals, terminal, environment: process.env })
}

function unknown([first = '', second = '']: readonly string[]): string {
  const group = Object.keys(commands)
    .filter(name => name.startsWith(`${first} `))
    .map(name => name.split(' ')[1])
  if (group.length === 0) return `There is no command "${first}". See isthmus --help`
  const what = second === '' || second.startsWith('-') ? 'says nothing alone' : `knows no "${second}"`
  return `isthmus ${first} ${what}: use ${first} ${group.join(`, ${first} `)}`
}

/** Mistakes of users are explained; of anything else its place is told too. */
function report(error: unknown, json: boolean, terminal: Terminal): number {
  const code = error instanceof IsthmusError ? error.code : 'UNEXPECTED'
  if (json) terminal.json({ error: { code, reason: reasonOf(error) } })
  const { red, dim } = terminal.colour
  const [first = '', ...rest] = reasonOf(error).split('\n')
  terminal.aside(`${red('✖')} ${safe(first)} ${dim(code)}${rest.map(line => `\n  ${safe(line)}`).join('')}`)
  if (error instanceof IsthmusError) return exitCodeOf(error)
  if (error instanceof Error) terminal.aside(dim(error.stack ?? ''))
  return exitCodes.internal
}
