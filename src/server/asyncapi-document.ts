import { channelsOf, type Flow } from '../flow/flow.ts'
import type { Landscape } from '../flow/landscape.ts'
import { currentSagas, usedChannels } from '../flow/own-systems.ts'
import { calledChannels, type SagaDefinition } from '../flow/saga/stage.ts'
import { type Model, modelId } from '../model/model.ts'
import type { JsonSchema } from '../model/schema-validator.ts'
import { type AnyChannel, channelId } from '../system/channel.ts'
import type { ChannelAddress } from '../system/connector.ts'

/** A channel that carries events, and what is known of it. */
interface EventChannel {
  readonly channel: AnyChannel
  readonly at: ChannelAddress
}

/**
 * The events of a landscape as an AsyncAPI 3.0 document: each channel that carries some, its model, and which flow
 * receives or sends there. Source: the AsyncAPI specification 3.0.0, whose operations are told from the application's
 * side.
 */
export function asyncApi(landscape: Landscape) {
  const channels = eventChannels(landscape)
  const models = new Map(channels.map(({ channel: { model } }) => [modelId(model), model]))
  const operations = [
    ...landscape.flows.flatMap(flow => operationsOf(flow, channels)),
    ...currentSagas(landscape.sagas).flatMap(saga => sagaOperations(saga, channels)),
  ]
  return {
    asyncapi: '3.0.0',
    info: { title: landscape.name, version: '1.0.0' },
    defaultContentType: 'application/json',
    servers: Object.fromEntries(channels.map(serverOf)),
    channels: Object.fromEntries(channels.map(each => [channelId(each.channel), channelOf(each)])),
    operations: Object.fromEntries(operations),
    components: {
      messages: Object.fromEntries([...models].map(([id, model]) => [id, messageOf(id, model)])),
      schemas: Object.fromEntries([...models].map(([id, model]) => [id, schemaOf(id, model)])),
    },
  }
}

function eventChannels({ systems, flows, sagas }: Landscape): EventChannel[] {
  const found = new Map<string, EventChannel>()
  for (const channel of [...flows.flatMap(channelsOf), ...usedChannels([], currentSagas(sagas))]) {
    const system = systems.find(({ name }) => name === channel.system)
    const at = system?.connector.address?.(channel)
    if (at && !found.has(channelId(channel))) found.set(channelId(channel), { channel, at })
  }
  return [...found.values()]
}

function serverOf({ channel, at }: EventChannel) {
  const { protocol, host = 'isthmus' } = at
  const description = at.host === undefined ? 'Isthmus itself' : `System ${channel.system}`
  return [serverName({ channel, at }), { host, protocol, description }] as const
}

function serverName({ channel, at: { host, protocol } }: EventChannel): string {
  return host === undefined ? `isthmus-${protocol}` : channel.system
}

function channelOf(each: EventChannel) {
  const { channel, at } = each
  const id = modelId(channel.model)
  return {
    address: at.address,
    servers: [{ $ref: `#/servers/${serverName(each)}` }],
    messages: { [id]: { $ref: `#/components/messages/${id}` } },
    ...(at.bindings ? { bindings: at.bindings } : {}),
  }
}

function operationsOf(flow: Flow, channels: readonly EventChannel[]) {
  const known = new Set(channels.map(({ channel }) => channelId(channel)))
  const used = new Map(channelsOf(flow).map(channel => [channelId(channel), channel]))
  return [...used.values()].flatMap(channel => {
    const id = channelId(channel)
    if (!known.has(id)) return []
    const isSource = channelId(flow.source) === id
    const operation = {
      action: isSource ? 'receive' : 'send',
      title: `Flow ${flow.name}`,
      channel: { $ref: `#/channels/${id}` },
      messages: [{ $ref: `#/channels/${id}/messages/${modelId(channel.model)}` }],
    }
    return [[isSource ? `${flow.name}.receive` : `${flow.name}.send.${id}`, operation] as const]
  })
}

function sagaOperations({ name, stages }: SagaDefinition, channels: readonly EventChannel[]) {
  const known = new Set(channels.map(({ channel }) => channelId(channel)))
  const used = new Map([...calledChannels(stages)].map(channel => [channelId(channel), channel]))
  return [...used].flatMap(([id, { model }]) => {
    if (!known.has(id)) return []
    const operation = {
      action: 'send',
      title: `Saga ${name}`,
      channel: { $ref: `#/channels/${id}` },
      messages: [{ $ref: `#/channels/${id}/messages/${modelId(model)}` }],
    }
    return [[`saga.${name}.send.${id}`, operation] as const]
  })
}

function messageOf(id: string, { name, version, key, pii }: Model) {
  return {
    name: id,
    title: `${name}, version ${version}`,
    contentType: 'application/json',
    payload: { $ref: `#/components/schemas/${id}` },
    ...(key === undefined ? {} : { 'x-key': key }),
    ...(pii.length === 0 ? {} : { 'x-personal-data': pii }),
  }
}

/** References inside of a schema go from the root of the document now. */
function schemaOf(id: string, { jsonSchema }: Model): unknown {
  return rebased(jsonSchema, `#/components/schemas/${id}`)
}

function rebased(schema: unknown, root: string): unknown {
  if (Array.isArray(schema)) return schema.map(each => rebased(each, root))
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema as JsonSchema).map(([name, value]) => {
    if (name === '$ref' && typeof value === 'string') return [name, reference(value, root)]
    return name === 'const' || name === 'enum' || name === 'examples' || name === 'default'
      ? [name, value]
      : [name, rebased(value, root)]
  })
  // The names under which definitions know each other are their places from here on.
  return Object.fromEntries(entries.filter(([name]) => name !== '$id' && name !== '$schema'))
}

function reference(text: string, root: string): string {
  if (text === '#') return root
  return text.startsWith('#') ? root + text.slice(1) : `${root}/$defs/${text}`
}
