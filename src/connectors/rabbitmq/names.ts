import type { OptionNames } from '../../message/option-names.ts'
import { eventNames } from '../events.ts'
import { tlsNames } from '../http/tls.ts'
import type { CarryOptions, ConsumeOptions, PublishOptions, RabbitOptions, Topology } from './config.ts'

export const rabbitNames: OptionNames<RabbitOptions> = {
  url: 'needed',
  user: true,
  password: true,
  tls: tlsNames,
  connectTimeout: true,
  callTimeout: true,
  heartbeat: true,
}

const topologyNames: OptionNames<Topology> = { exchanges: true, queues: true, bindings: true }

export const consumeNames: OptionNames<ConsumeOptions> = {
  queue: 'needed',
  declare: topologyNames,
  codec: true,
  prefetch: true,
  id: true,
  deliveryLimit: true,
}

export const publishNames: OptionNames<PublishOptions> = {
  exchange: true,
  routingKey: true,
  effect: 'needed',
  declare: topologyNames,
  codec: true,
  event: eventNames,
  headers: true,
  mandatory: true,
  messageLimit: true,
}

export const carryNames: OptionNames<CarryOptions> = { exchange: true, queue: true }
