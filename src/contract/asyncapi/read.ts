import type { Contract, ContractDocument, ContractProblem } from '../contract.ts'
import { capitalised } from '../names.ts'
import { unreadable } from '../open-document.ts'
import { SchemaModels } from '../openapi/schema-models.ts'
import { member, members, type Placed, References, referenceOf, textAt } from '../references.ts'

/**
 * Reads AsyncAPI 2.x and 3.x. Its messages and schemas become models. Its channels are counted: what connects to them is
 * told as a problem, by protocol, because no connector of ours speaks one of these yet.
 */
export async function readAsyncApi(document: ContractDocument, system = 'system'): Promise<Contract> {
  const references = await References.of(document)
  const { root } = references
  const edition = textAt(root, 'asyncapi') ?? ''
  if (!/^[23]\./.test(edition))
    throw unreadable(document.location, 'it is no AsyncAPI document of version 2 or 3')
  const models = new SchemaModels(references, edition.startsWith('2.'))
  const problems: ContractProblem[] = []
  const components = member(root, 'components')
  const schemas = members(member(components, 'schemas'))
  for (const [name, schema] of schemas) models.component(name, schema)
  const messages = messagesOf(root, edition.startsWith('2.'), references)
  for (const [name, message] of messages) addMessage(name, message, models, references, problems)
  const info = member(root, 'info')
  return {
    format: 'asyncapi',
    title: textAt(info, 'title') ?? system,
    version: textAt(info, 'version'),
    models: models.models,
    channels: [],
    counts: {
      channels: members(member(root, 'channels')).length,
      operations: operationsOf(root, edition.startsWith('2.')),
      messages: messages.size,
      schemas: schemas.length,
      servers: members(member(root, 'servers')).length,
    },
    problems: [...references.problems, ...models.problems, ...problems, ...protocols(root, references)],
  }
}

function operationsOf(root: Placed, isOld: boolean): number {
  if (!isOld) return members(member(root, 'operations')).length
  const channels = members(member(root, 'channels')).map(([, channel]) => channel.value)
  return channels.flatMap(channel => ['publish', 'subscribe'].filter(name => name in Object(channel))).length
}

/** Each message once, whether it stands among the components or in a channel. */
function messagesOf(root: Placed, isOld: boolean, references: References): Map<string, Placed> {
  const found = new Map<string, Placed>()
  const places = new Set<string>()
  const add = (name: string, placed: Placed) => {
    const message = references.follow(placed)
    if (!message || places.has(`${message.location}#${message.pointer}`)) return
    places.add(`${message.location}#${message.pointer}`)
    const wanted = textAt(message, 'name') ?? textAt(message, 'messageId') ?? name
    found.set(found.has(wanted) ? `${wanted} ${found.size + 1}` : wanted, message)
  }
  for (const [name, message] of members(member(member(root, 'components'), 'messages'))) add(name, message)
  for (const [name, each] of members(member(root, 'channels'))) {
    const channel = references.follow(each)
    if (!channel) continue
    if (!isOld) for (const [id, message] of members(member(channel, 'messages'))) add(id, message)
    for (const side of ['publish', 'subscribe']) {
      const message = member(member(channel, side), 'message')
      const several = members(member(message, 'oneOf'))
      if (several.length > 0) for (const [index, one] of several) add(`${name} ${side} ${index}`, one)
      else if (message.value !== undefined) add(`${name} ${side}`, message)
    }
  }
  return found
}

function addMessage(
  name: string,
  message: Placed,
  models: SchemaModels,
  references: References,
  problems: ContractProblem[],
): void {
  const format = textAt(message, 'schemaFormat') ?? textAt(member(message, 'payload'), 'schemaFormat') ?? ''
  if (/avro|protobuf|raml|xml/i.test(format)) {
    const place = references.place(message.location, format)
    problems.push({ place, problem: `the message ${name} is described in ${format}, which is not read` })
    return
  }
  const payload = member(message, 'payload')
  const schema = 'schemaFormat' in Object(payload.value) ? member(payload, 'schema') : payload
  if (schema.value === undefined) return
  const own = capitalised(name, 'Message')
  if (referenceOf(schema.value) === undefined) models.model(schema, own)
  else models.made(own, models.schema(schema), `the message ${name}`)
}

/** What would be needed to connect to its channels. */
function protocols(root: Placed, references: References): ContractProblem[] {
  const servers = members(member(root, 'servers')).map(([, server]) => references.follow(server))
  const names = new Set(servers.map(server => (server && textAt(server, 'protocol')) || 'no protocol'))
  if (members(member(root, 'channels')).length === 0) return []
  const all = names.size === 0 ? ['no protocol'] : [...names]
  return all.map(name => ({
    place: references.place(root.location, name),
    problem: `its channels are reached over ${name}, for which there is no connector: models only`,
  }))
}
