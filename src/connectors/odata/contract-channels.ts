import { Code, code } from '../../contract/code.ts'
import type { ContractChannel, ContractModel } from '../../contract/contract.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { EffectKind } from '../../system/effect.ts'
import { schemaOf } from './contract-models.ts'
import type { Names } from './contract-names.ts'
import type { Edm, EdmOperation, EdmSet, EdmTyped } from './edm.ts'

/** The models of the operations and keys, and the channels that use them. */
export interface Proposed {
  readonly models: readonly ContractModel[]
  readonly channels: readonly ContractChannel[]
}

/** Proposes channels for what may be done with each set, and one for each operation. */
export function propose(edm: Edm, names: Names): Proposed {
  const sets = [...edm.sets.values()].map(set => proposeForSet(set, edm, names))
  const operations = edm.operations.map(operation => proposeForOperation(operation, edm, names))
  const all = [...sets, ...operations]
  return { models: all.flatMap(({ models }) => models), channels: all.flatMap(({ channels }) => channels) }
}

const nothing: Proposed = { models: [], channels: [] }

function proposeForSet(set: EdmSet, edm: Edm, names: Names): Proposed {
  const model = names.modelOf(set.type)
  const type = edm.types.get(set.type)
  if (model === undefined || !type) return nothing
  const options = { set: code`${set.name}` }
  const about = {
    options,
    origin: set.name,
    ...(set.description !== undefined && { description: set.description }),
  }
  const keys = type.keys.flatMap(name => type.properties.get(name) ?? [])
  const key: ContractModel = {
    name: names.fresh(`${model}Key`),
    schema: recordOf(keys, edm, names, true),
    origin: `${set.name} (key)`,
  }
  const channels: ContractChannel[] = []
  const add = (word: string, rest: Omit<ContractChannel, 'name' | keyof typeof about>) =>
    channels.push({ name: names.channel(word === '' ? set.name : `${word}-${set.name}`), ...about, ...rest })
  const sink = (factory: string, kind: EffectKind, why: string, sent = model) =>
    add(factory, { factory, role: 'sink', model: sent, effect: { kind, why } })
  if (set.can.read) add('', { factory: 'entities', role: 'source', model })
  if (set.can.read)
    add('get', { factory: 'get', role: 'requester', model: key.name, answer: model, effect: reads })
  if (set.can.create) sink('create', 'irreversible', whyCreate)
  if (set.can.update) sink('update', 'idempotent', 'the same values set again leave the record as it is')
  if (set.can.delete)
    sink('delete', 'idempotent', 'a record that is gone is as good as one that is removed', key.name)
  return { models: channels.some(each => each.model === key.name) ? [key] : [], channels }
}

const reads = { kind: 'read', why: 'GET changes nothing', implied: true } as const
const whyCreate =
  'a repeat makes a second record, or is refused where the key is ours; give it probe: "key" where the data hold the key'

function proposeForOperation(operation: EdmOperation, edm: Edm, names: Names): Proposed {
  const { name, qualified, kind, binding, parameters, returns, imported, description } = operation
  const set = binding && setFor(binding, edm)
  if (binding ? !set : !imported) return nothing
  const keys = (set && edm.types.get(set.type)) ?? undefined
  const keyFields = keys?.keys.flatMap(each => keys.properties.get(each) ?? []) ?? []
  const owner = set ? `${name}Of${set.name}` : name
  const request: ContractModel = {
    name: names.fresh(`${owner}Request`),
    schema: recordOf([...keyFields, ...parameters], edm, names, edm.version === 'V2'),
    origin: `${qualified} (parameters)`,
  }
  const direct = returns && !returns.collection ? names.modelOf(returns.type) : undefined
  const answer: ContractModel | undefined =
    returns && direct === undefined
      ? {
          name: names.fresh(`${owner}Result`),
          schema: schemaOf(returns, edm, names),
          origin: `${qualified} (result)`,
        }
      : undefined
  const channel: ContractChannel = {
    name: names.channel(set ? `${name}-of-${set.name}` : name),
    factory: 'call',
    role: 'requester',
    model: request.name,
    ...(returns && { answer: direct ?? answer?.name ?? request.name }),
    effect:
      kind === 'function'
        ? { kind: 'read', why: edm.version === 'V2' ? 'it is called by GET' : 'functions change nothing' }
        : { kind: 'irreversible', why: 'nothing says what a repeat does' },
    options: { operation: code`${name}`, ...(set && { set: code`${set.name}` }) },
    origin: qualified,
    ...(description !== undefined && { description }),
  }
  return { models: answer ? [request, answer] : [request], channels: [channel] }
}

/** A set whose records have the operation; those bound to whole sets are not called. */
function setFor(binding: EdmTyped, edm: Edm): EdmSet | undefined {
  if (binding.collection) return undefined
  return [...edm.sets.values()].find(({ type }) => type === binding.type)
}

function recordOf(fields: readonly EdmTyped[], edm: Edm, names: Names, required: boolean): JsonSchema {
  const properties = Object.fromEntries(fields.map(each => [each.name, schemaOf(each, edm, names)]))
  const needed = fields.filter(({ nullable }) => required || !nullable).map(({ name }) => name)
  return { type: 'object', properties, ...(needed.length > 0 && { required: needed }) }
}

/** How the service is reached. */
export function connectorOptions(edm: Edm, title: string): Readonly<Record<string, Code>> {
  const variable = `${title
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()}_URL`
  return { url: code`${Code.imported('env', 'isthmus')}(${variable})`, version: code`${edm.version}` }
}
