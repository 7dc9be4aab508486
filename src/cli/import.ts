import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { soundContract } from '../contract/sound-contract.ts'
import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { checkName } from '../system/system.ts'
import { command } from './shared/command.ts'
import { contractKinds, kindOf, readerOf } from './shared/contract-readers.ts'
import { type ImportPlan, importPlan, shownLocation, systemNameOf } from './shared/import-plan.ts'
import { printImport } from './shared/import-text.ts'
import { plural, type Terminal } from './shared/terminal.ts'

export const importCommand = command({
  name: 'import',
  parameters: '[KIND] LOCATION',
  summary: 'write what the description of a system says as a typed module',
  options: {
    system: { value: 'NAME', help: 'what the system is called; else as the file' },
    out: { value: 'FILE', help: 'the module; else NAME.ts in this folder' },
    only: {
      value: 'PATTERNS',
      help: 'channels by name or origin, and what they reach: "get-*,POST /orders*"',
    },
    'dry-run': { help: 'tell what was found and what is different, and write nothing' },
    yes: { help: 'do not ask' },
  },
  more: `KIND is one of ${contractKinds.join(', ')}; left out, it is told from the document.
LOCATION is a file or URL; for sample a folder, too.`,
  async run({ values, positionals, terminal }) {
    const location = positionals.at(-1) as string
    const kind = positionals.length > 1 ? (positionals[0] as string) : await kindOf(location)
    const system = values.system ?? systemNameOf(location)
    checkName('system', system)
    const found = soundContract(await readerOf(kind)(location, system), shownLocation(location))
    const plan = await importPlan(found, { kind, location, system, out: values.out, only: values.only })
    const writes = !values['dry-run'] && plan.files.size > 0
    if (!values.json) printImport(terminal, plan.report)
    const agreed = writes && (values.yes === true || (await isAgreed(plan, terminal)))
    if (agreed) for (const [path, text] of plan.files) write(path, text)
    const written = agreed ? [...plan.files.keys()] : []
    if (values.json) terminal.json({ ...plan.report, written })
    else for (const path of written) terminal.line(`${terminal.colour.green('✔')} ${path}`)
    return writes && !agreed ? exitCodes.failed : exitCodes.ok
  },
})

/** Asks what a person has to decide; throws CLI-USAGE where nobody can be asked. */
async function isAgreed({ report }: ImportPlan, terminal: Terminal): Promise<boolean> {
  const twice = report.problems.filter(({ duplicate }) => duplicate).length
  const questions = [
    ...(twice > 0
      ? [`${plural(twice, 'definition')} ${twice === 1 ? 'stands' : 'stand'} twice. Go on?`]
      : []),
    ...(report.replaces
      ? [`${plural(report.changes.length, 'difference')}. Write over ${report.module}?`]
      : []),
  ]
  if (questions.length > 0 && !terminal.isInteractive)
    throw new IsthmusError('CLI-USAGE', `${questions.join(' ')} Nobody can be asked here: say --yes.`)
  for (const question of questions) if (!(await terminal.confirm(question))) return false
  return true
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
