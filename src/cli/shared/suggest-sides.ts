import { readFileSync, statSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { camelled, capitalised } from '../../contract/names.ts'
import { IsthmusError } from '../../errors.ts'
import { usedChannels } from '../../flow/own-systems.ts'
import { allSteps } from '../../flow/step.ts'
import type { Model } from '../../model/model.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { Side } from '../../model/suggest/suggest.ts'
import { type AnyChannel, channelId } from '../../system/channel.ts'
import { recordsOfFile } from '../../system/records-file.ts'
import { kindOf, readerOf } from './contract-readers.ts'
import { systemNameOf } from './import-plan.ts'
import { landscapeFile, loadLandscape } from './landscape-file.ts'

/** One side, and how code names it. */
export interface NamedSide extends Side {
  readonly code: string
  readonly module: string
}

/**
 * `FILE#MODEL` of a description of a system, `FILE` of a JSON Schema, or by name a model or a channel (`system.channel`) of the landscape.
 * Throws CLI-USAGE for what there is not, with what there is.
 */
export async function sideOf(text: string, landscape: string | undefined): Promise<NamedSide> {
  const at = text.lastIndexOf('#')
  const [location, name] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
  const isFile = /^[a-z]+:\/\//.test(location) || statSync(location, { throwIfNoEntry: false }) !== undefined
  return isFile ? ofDocument(location, name) : ofLandscape(text, landscape)
}

/** With the records of a file, CSV or JSON. */
export function withSamples(side: NamedSide, file: string | undefined): NamedSide {
  return file === undefined ? side : { ...side, samples: recordsOfFile(file) }
}

async function ofDocument(location: string, name: string | undefined): Promise<NamedSide> {
  const schema = jsonSchemaIn(location)
  if (schema) return ofSchema(schema, location, name)
  const system = systemNameOf(location)
  const { models } = await readerOf(await kindOf(location))(location, system)
  const [only] = models
  const model = name === undefined && models.length === 1 ? only : models.find(each => each.name === name)
  if (!model)
    throw unknown(
      `${location} has no model "${name ?? ''}"`,
      models.map(each => each.name),
    )
  const definitions = Object.fromEntries(models.map(each => [each.name, each.schema]))
  return { name: model.name, schema: model.schema, definitions, code: model.name, module: `./${system}.ts` }
}

/** Undefined for every other document. */
function jsonSchemaIn(location: string): JsonSchema | undefined {
  if (!/\.json$/i.test(location)) return undefined
  try {
    const data = JSON.parse(readFileSync(location, 'utf8')) as JsonSchema
    return '$schema' in data || 'properties' in data || '$defs' in data ? data : undefined
  } catch {
    return undefined
  }
}

function ofSchema(schema: JsonSchema, location: string, name: string | undefined): NamedSide {
  const definitions = { ...(schema.definitions as object), ...(schema.$defs as object) } as Record<
    string,
    JsonSchema
  >
  const chosen =
    name === undefined ? schema : Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (!chosen) throw unknown(`${location} has no definition "${name}"`, Object.keys(definitions))
  const file = basename(location).replace(/(?:\.schema)?\.json$/i, '')
  const code = capitalised(name ?? (typeof schema.title === 'string' ? schema.title : file), 'Model')
  return { name: code, schema: chosen, definitions, code, module: `./${file}.ts` }
}

async function ofLandscape(text: string, path = '.'): Promise<NamedSide> {
  const { flows, sagas } = await loadLandscape(path)
  const file = landscapeFile(path)
  const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  const module = `./${relative('.', resolve(file)).replaceAll('\\', '/')}`
  const channels: AnyChannel[] = usedChannels(flows, sagas)
  const channel = channels.find(each => channelId(each) === text)
  const models = [
    ...Object.values(exported).filter(isModel),
    ...channels.flatMap(each => ('answer' in each ? [each.model, each.answer] : [each.model])),
    ...flows.flatMap(({ steps }) =>
      [...allSteps(steps)].flatMap(step => (step.kind === 'map' ? [step.mapping.to] : [])),
    ),
  ] as Model[]
  const model = channel ? modelOf(channel) : models.find(each => each.name === text)
  if (!model)
    throw unknown(`There is no file, model or channel "${text}"`, [
      ...new Set(models.map(({ name }) => name)),
      ...channels.map(channelId),
    ])
  const code = Object.entries(exported).find(([, value]) => value === model)?.[0] ?? model.name
  return { name: model.name, schema: model.jsonSchema, code, module }
}

/** What comes from a requester is its answer. */
function modelOf(channel: AnyChannel): Model {
  return 'answer' in channel ? channel.answer : channel.model
}

function isModel(value: unknown): value is Model {
  return typeof value === 'object' && value !== null && 'jsonSchema' in value && 'validate' in value
}

function unknown(problem: string, known: readonly string[]): IsthmusError {
  const more = known.length > 20 ? `, and ${known.length - 20} more` : ''
  return new IsthmusError('CLI-USAGE', `${problem}. There are ${known.slice(0, 20).join(', ')}${more}.`)
}

export const mappingNameOf = (from: NamedSide, to: NamedSide): string =>
  camelled(`${from.code} to ${to.code}`)
