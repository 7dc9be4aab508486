import { resolve } from 'node:path'
import { Code, code } from '../code.ts'
import type {
  Contract,
  ContractChannel,
  ContractDocument,
  ContractProblem,
  ContractReader,
} from '../contract.ts'
import type { ElementDecl } from '../xsd/components.ts'
import { Models, modelName, uniqueName } from '../xsd/models.ts'
import { keyOf, splitKey } from '../xsd/qname.ts'
import { schemaCounts } from '../xsd/read-xsd.ts'
import { SchemaSet } from '../xsd/schema-set.ts'
import { type Defined, Definitions, partsOf } from './definitions.ts'
import { type SoapMessage, typeOfParts } from './messages.ts'
import { readOperations, type SoapOperation } from './operations.ts'
import { proposedEffect } from './proposed-effect.ts'

/** A WSDL for those who call what it describes. */
export interface Wsdl {
  readonly set: SchemaSet
  readonly operations: readonly SoapOperation[]
  readonly problems: readonly ContractProblem[]
}

/** Reads a WSDL 1.1 with all that it imports. */
export async function loadWsdl(document: ContractDocument): Promise<Wsdl & { definitions: Definitions }> {
  const definitions = await Definitions.load(document)
  const set = new SchemaSet(definitions.schemas.found)
  const operations = readOperations(definitions, set)
  return { definitions, set, operations, problems: [...definitions.problems, ...set.problems] }
}

export const readWsdl: ContractReader = async (document, system) => {
  const { definitions, set, operations } = await loadWsdl(document)
  const models = new Models(set)
  const channels = channelsOf(operations, models)
  const services = definitions.all('service')
  const title = services[0] ? splitKey(services[0].key).name : document.location
  const contract: Contract = {
    format: 'wsdl',
    title,
    connector: {
      entry: 'isthmus/soap',
      factory: 'soap',
      options: {
        wsdl: code`${fileOf(document)}`,
        url: code`${Code.imported('env', 'isthmus')}(${settingName(system ?? title)})`,
      },
    },
    models: models.all(),
    channels,
    counts: countsOf(definitions, set),
    problems: [...definitions.problems, ...set.problems, ...hintsFor(document, services)],
  }
  return contract
}

/** As `soap` takes it: a file that lies elsewhere is named from the root, so that it does not depend on who names it. */
function fileOf({ location }: ContractDocument): string {
  const [path = ''] = location.split(/[?#]/)
  if (isUrl(location)) return `./${path.split('/').at(-1) || 'service.wsdl'}`
  return location.startsWith('..') ? resolve(location) : location
}

/** What the author has to do beside. */
function hintsFor({ location }: ContractDocument, services: readonly Defined[]): ContractProblem[] {
  const download = 'soap() reads files: save it, and what it imports, beside the module'
  const several = `there are ${services.length} services: make a system of each whose address is another`
  return [
    ...(isUrl(location) ? [{ place: location, problem: download }] : []),
    ...(services.length > 1 ? [{ place: location, problem: several }] : []),
  ]
}

function isUrl(location: string): boolean {
  return /^https?:/i.test(location)
}

/** One channel per operation: an operation of several ports is called at the first of them. */
function channelsOf(operations: readonly SoapOperation[], models: Models): ContractChannel[] {
  const first = new Map<string, SoapOperation>()
  for (const operation of operations) {
    const id = `${operation.portType} ${operation.name} ${operation.input.body[0]?.name}`
    if (!first.has(id)) first.set(id, operation)
  }
  const taken = new Set<string>()
  const chosen = [...first.values()]
  return chosen.map(operation => {
    const several = operations.filter(({ name }) => name === operation.name)[0] !== operation
    return channelOf(operation, models, uniqueName(channelName(operation.name), taken, '-'), several)
  })
}

function channelOf(
  operation: SoapOperation,
  models: Models,
  name: string,
  ambiguous: boolean,
): ContractChannel {
  const { input, output, faults } = operation
  const named = (what: string, elements: readonly ElementDecl[]) =>
    elements.length > 0 && `${what}: ${elements.map(each => each.name).join(', ')}.`
  const parts = [operation.documentation, named('Headers', input.headers), named('Faults', faults)]
  const description = parts.filter(Boolean).join(' ')
  return {
    name,
    factory: output ? 'operation' : 'send',
    role: output ? 'requester' : 'sink',
    model: modelOf(input, `${operation.name}Request`, operation, models),
    answer:
      output && output.body.length > 0
        ? modelOf(output, `${operation.name}Response`, operation, models)
        : undefined,
    effect: proposedEffect(operation.name),
    options: {
      operation: code`${operation.name}`,
      ...(ambiguous && { port: code`${operation.port}` }),
    },
    ...(description !== '' && { description }),
    origin: `${operation.service}.${operation.port} ${operation.name}`,
  }
}

/** Of a message without parts an empty one. */
function modelOf({ body }: SoapMessage, name: string, operation: SoapOperation, models: Models): string {
  const [only, ...others] = body
  if (!only || others.length > 0) return models.add(typeOfParts(body), name, operation.place)
  return models.add(only.type, name, keyOf(only.namespace, only.name))
}

function countsOf(definitions: Definitions, set: SchemaSet): Record<string, number> {
  const inside = (kind: 'service' | 'portType', part: string) =>
    definitions.all(kind).reduce((sum, { node }) => sum + partsOf(node, part).length, 0)
  return {
    services: definitions.all('service').length,
    ports: inside('service', 'port'),
    bindings: definitions.all('binding').length,
    'port types': definitions.all('portType').length,
    operations: inside('portType', 'operation'),
    messages: definitions.all('message').length,
    schemas: definitions.schemas.found.length,
    ...schemaCounts(set),
  }
}

/** `PostOrder` as `post-order`. */
function channelName(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .split(/[^A-Za-z\d]+/)
  const joined = words
    .filter(word => word !== '')
    .join('-')
    .toLowerCase()
  return /^[a-z]/.test(joined) ? joined : `operation-${joined}`
}

/** `OrderService` as `ORDER_SERVICE_URL`. */
function settingName(title: string): string {
  return `${channelName(modelName(title)).replaceAll('-', '_').toUpperCase()}_URL`
}
