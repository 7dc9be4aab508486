import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { currentSagas } from '../flow/own-systems.ts'
import type { SagaDefinition } from '../flow/saga/stage.ts'
import { exitCodes } from '../server/exit-code.ts'
import type { DrillReport } from '../testing/drill/drill.ts'
import type { DrillOptions } from '../testing/drill/drill-world.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { loadLandscape } from './shared/landscape-file.ts'
import { count, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const drillCommand = command({
  name: 'drill',
  parameters: 'SAGA',
  summary: 'run everything that can go wrong in a saga, in simulated systems',
  options: {
    with: { value: 'FILE', help: 'a module that exports `drill`: input, answers and events to drill with' },
    landscape: placeOptions.landscape,
  },
  more:
    'Each step fails in every way, each compensation too, nothing comes in time, every choice is made, every message comes\n' +
    'twice, and the process dies at every write. No system is called. Ends with 1 when a run ended wrongly. Steps that\n' +
    'were never reached are told: --with leads there.',
  async run({ values, positionals, terminal }) {
    const definition = sagaOf(await loadLandscape(values.landscape), positionals[0] ?? '')
    const options = values.with === undefined ? {} : await optionsOf(values.with)
    // Loaded when it is needed: it brings a simulation along.
    const { drill } = await import('../testing/drill/drill.ts')
    const report = await drill(definition, options)
    if (values.json) terminal.json(report)
    else print(report, terminal)
    return report.failures.length === 0 ? exitCodes.ok : exitCodes.failed
  },
})

function sagaOf({ sagas }: Landscape, name: string): SagaDefinition {
  const known = currentSagas(sagas)
  const found = known.find(each => each.name === name)
  if (found) return found
  const names = known.map(each => each.name).join(', ') || 'none'
  throw new IsthmusError('CLI-USAGE', `The landscape has no saga ${name}. There are ${names}.`)
}

async function optionsOf(file: string): Promise<DrillOptions> {
  let loaded: { readonly drill?: unknown }
  try {
    loaded = await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    throw new IsthmusError('CLI-USAGE', `${file} cannot be loaded: ${reasonOf(error)}`, { cause: error })
  }
  if (typeof loaded.drill === 'object' && loaded.drill !== null) return loaded.drill as DrillOptions
  throw new IsthmusError(
    'CLI-USAGE',
    `${file} exports no \`drill\`: export const drill = { input, answers, events }`,
  )
}

function print({ saga, runs, ends, coverage, unreached, failures }: DrillReport, terminal: Terminal): void {
  const { bold, dim, green, red, yellow } = terminal.colour
  const paint = (end: string) =>
    end === 'completed' ? green(end) : end === 'compensated' ? end : yellow(end)
  const rows = coverage.map(({ step, met, ended }) => [safe(step), safe(met), ended.map(paint).join(', ')])
  const columns = ['STEP', 'MET', 'THE SAGA ENDED'].map(title => ({ title }))
  terminal.line(table(terminal, columns, rows))
  terminal.line()
  const counted = Object.entries(ends).map(([end, n]) => `${count(n)} ${end}`)
  terminal.line(`  ${bold(saga)}  ${plural(runs, 'run')}: ${counted.join(', ')}`)
  for (const step of unreached)
    terminal.line(
      `  ${yellow('!')} ${safe(step)} was never reached: give the drill an input or answers by --with FILE`,
    )
  for (const { case: name, wrong } of failures) {
    terminal.line(`  ${red('✖')} ${safe(name)}`)
    for (const reason of wrong) terminal.line(`     ${safe(reason)}`)
  }
  if (failures.length === 0)
    terminal.line(
      `  ${green('✔')} Every run ended as it must.  ${dim('Nothing half done, nothing done twice.')}`,
    )
}
