import { existsSync, readFileSync } from 'node:fs'
import { structuredText } from '../contract/structured-text.ts'
import { IsthmusError } from '../errors.ts'
import { modelUses } from '../flow/model-uses.ts'
import { type Comparison, compare, type VersionChange } from '../model/compatibility/compare.ts'
import { type Model, modelId } from '../model/model.ts'
import type { JsonSchema } from '../model/schema-validator.ts'
import { exitCodes } from '../server/exit-code.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { loadLandscape } from './shared/landscape-file.ts'
import { plural, safe, type Terminal } from './shared/terminal.ts'

export const modelsCompareCommand = command({
  name: 'models compare',
  parameters: 'OLD NEW',
  summary: 'what is different between two versions of a model, and for whom it breaks',
  options: { landscape: placeOptions.landscape },
  more: `OLD and NEW are each a model of the landscape (Order.v1, or Order where it has one version) or a file with
JSON Schema. Ends with ${exitCodes.failed} where something breaks.`,
  async run({ values, positionals, terminal }) {
    const [older = '', newer = ''] = positionals
    const models = [older, newer].some(each => !existsSync(each)) ? await modelsOf(values.landscape) : []
    const found = compare(versionOf(older, models), versionOf(newer, models))
    if (values.json) terminal.json({ older, newer, ...found })
    else print(found, terminal)
    return found.verdict === 'breaking' ? exitCodes.failed : exitCodes.ok
  },
})

async function modelsOf(landscape: string | undefined): Promise<readonly Model[]> {
  const uses = modelUses(await loadLandscape(landscape))
  return [...new Map([...uses].map(({ model }) => [modelId(model), model])).values()]
}

function versionOf(name: string, models: readonly Model[]): Model | JsonSchema {
  if (existsSync(name)) return schemaIn(name)
  const found = models.filter(model => modelId(model) === name || model.name === name)
  const [only] = found
  if (only && found.length === 1) return only
  const known = (found.length > 0 ? found : models).map(modelId).sort().join(', ')
  const reason = found.length > 0 ? `several versions of ${name}` : `no model and no file ${name}`
  throw new IsthmusError('CLI-USAGE', `There is ${reason}. The landscape has ${known}.`)
}

function schemaIn(file: string): JsonSchema {
  const { value } = structuredText({ location: file, body: readFileSync(file) })
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonSchema
  throw new IsthmusError('CLI-USAGE', `${file} is no JSON Schema.`)
}

function print({ verdict, changes }: Comparison, terminal: Terminal): void {
  const { bold, dim, red, green } = terminal.colour
  const sign = verdict === 'breaking' ? red('✖') : green('✔')
  terminal.line(
    `${sign} ${bold(verdict)}${changes.length > 0 ? `, ${plural(changes.length, 'change')}` : ''}`,
  )
  for (const change of changes) {
    const line = `${partiesOf(change).padEnd(20)} ${change.path === '' ? '' : `${change.path} `}${change.text}`
    terminal.line(safe(line))
    terminal.line(dim(safe(`${''.padEnd(20)} ${change.why}`)))
  }
}

function partiesOf({ breaking }: VersionChange): string {
  return breaking.length === 0 ? 'fine' : `breaks ${breaking.join(', ')}`
}
