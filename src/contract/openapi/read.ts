import { Code, code } from '../code.ts'
import type {
  Contract,
  ContractChannel,
  ContractConnector,
  ContractDocument,
  ContractProblem,
} from '../contract.ts'
import { capitalised, channelNames, hyphenated, settingName } from '../names.ts'
import { unreadable } from '../open-document.ts'
import { member, members, type Placed, References, textAt } from '../references.ts'
import { authCode } from './auth.ts'
import { bodyOf } from './media.ts'
import { type Operation, operationChannel, type Surroundings } from './operation.ts'
import { SchemaModels } from './schema-models.ts'

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

/** Reads OpenAPI 3.0, 3.1 and Swagger 2.0, in JSON or YAML, for the connector `rest`. */
export async function readOpenApi(document: ContractDocument, system = 'system'): Promise<Contract> {
  const references = await References.of(document)
  const { root } = references
  const edition = textAt(root, 'openapi') ?? textAt(root, 'swagger') ?? String(member(root, 'swagger').value)
  if (!/^(?:3\.[012]|2\.0)/.test(edition)) {
    const reason = 'it is no OpenAPI document: neither "openapi: 3.x" nor "swagger: 2.0" stands in it'
    throw unreadable(document.location, reason)
  }
  const models = new SchemaModels(references, !/^3\.[12]/.test(edition))
  const problems: ContractProblem[] = []
  const problem = (place: string, text: string) => problems.push({ place, problem: text })
  const around: Surroundings = { references, models, names: channelNames(), problem }
  const schemas = [
    ...members(member(member(root, 'components'), 'schemas')),
    ...members(member(root, 'definitions')),
  ]
  for (const [name, schema] of schemas) models.component(name, schema)
  const operations = operationsOf(root, references)
  const channels = operations.flatMap(operation => operationChannel(operation, around) ?? [])
  const hooks = webhooks(root, system, around)
  const connector = connectorOf(root, system, around)
  const info = member(root, 'info')
  return {
    format: 'openapi',
    title: textAt(info, 'title') ?? system,
    version: textAt(info, 'version'),
    connector,
    models: models.models,
    channels: [...channels, ...hooks],
    counts: {
      paths: members(member(root, 'paths')).length,
      operations: operations.length,
      schemas: schemas.length,
      webhooks: members(member(root, 'webhooks')).length,
      callbacks: callbacks(operations),
    },
    problems: [...references.problems, ...models.problems, ...problems],
  }
}

function operationsOf(root: Placed, references: References): Operation[] {
  return members(member(root, 'paths')).flatMap(([path, each]) => {
    const item = references.follow(each)
    return item ? within(item, path) : []
  })
}

function within(item: Placed, path: string): Operation[] {
  const found = methods.map(method => ({ path, method, item, placed: member(item, method) }))
  return found.filter(({ placed }) => typeof placed.value === 'object' && placed.value !== null)
}

function callbacks(operations: readonly Operation[]): number {
  return operations.flatMap(({ placed }) => members(member(placed, 'callbacks'))).length
}

/** What the system calls us for (OpenAPI 3.1). */
function webhooks(root: Placed, system: string, around: Surroundings): ContractChannel[] {
  const { references, models, names, problem } = around
  return members(member(root, 'webhooks')).flatMap(([name, each]) => {
    const item = references.follow(each)
    return (item ? within(item, name) : []).flatMap(({ method, placed }) => {
      const place = references.place(placed.location, name)
      const body = bodyOf(placed, [member(placed, 'parameters')], references)
      if (typeof body !== 'object' || (method !== 'post' && method !== 'put')) {
        problem(place, `the webhook ${name} is no POST or PUT of JSON: there is no channel for it`)
        return []
      }
      const key = code`${Code.imported('secret', 'isthmus')}(${settingName(system, 'HOOK')})`
      return {
        name: names.take(hyphenated(name, 'webhook')),
        factory: 'webhook',
        role: 'source' as const,
        model: models.model(body.schema, `${capitalised(name, 'Webhook')}Event`),
        options: {
          verify: code`${Code.imported('hmac', 'isthmus/rest')}(${key})`,
          ...(method === 'put' && { method: code`${method.toUpperCase()}` }),
        },
        description: textAt(placed, 'summary') ?? textAt(placed, 'description'),
        origin: `webhook ${name}`,
      }
    })
  })
}

function connectorOf(root: Placed, system: string, around: Surroundings): ContractConnector {
  const { references } = around
  const setting = (fallback: string | undefined) => {
    const env = Code.imported('env', 'isthmus')
    const name = settingName(system, 'URL')
    return fallback === undefined ? code`${env}(${name})` : code`${env}(${name}, ${fallback})`
  }
  const place = references.root.location
  const auth = authCode(root, references, system, text => around.problem(place, text))
  return {
    entry: 'isthmus/rest',
    factory: 'rest',
    options: { url: setting(serverUrl(root)), ...(auth && { auth }) },
  }
}

/** The first address of the document, where it is a whole one. */
function serverUrl(root: Placed): string | undefined {
  const [server] = members(member(root, 'servers'))
  const host = textAt(root, 'host')
  let text = server ? textAt(server[1], 'url') : undefined
  if (server)
    text = text?.replace(/\{([^{}]+)\}/g, (whole, name) =>
      String(member(member(member(server[1], 'variables'), name), 'default').value ?? whole),
    )
  if (host !== undefined) {
    const schemes = members(member(root, 'schemes')).map(([, { value }]) => value)
    text = `${schemes.includes('https') || schemes.length === 0 ? 'https' : 'http'}://${host}${textAt(root, 'basePath') ?? ''}`
  }
  if (text === undefined || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const { protocol, host: authority, pathname } = new URL(text)
  return `${protocol}//${authority}${pathname.replace(/\/$/, '')}`
}
