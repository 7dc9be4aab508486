import type { OptionNames } from '../../message/option-names.ts'
import { eventNames } from '../events.ts'
import type { CarryOptions, ConsumeOptions, KafkaOptions, ProduceOptions, SaslOptions } from './config.ts'

const saslNames: OptionNames<SaslOptions> = { mechanism: 'needed', user: 'needed', password: 'needed' }

export const kafkaNames: OptionNames<KafkaOptions> = {
  brokers: 'needed',
  tls: true,
  sasl: saslNames,
  clientId: true,
  connectTimeout: true,
  callTimeout: true,
}

export const consumeNames: OptionNames<ConsumeOptions> = {
  topic: 'needed',
  group: true,
  from: true,
  sessionTimeout: true,
  format: true,
  record: true,
  id: true,
}

export const produceNames: OptionNames<ProduceOptions<unknown>> = {
  topic: 'needed',
  format: true,
  event: eventNames,
  key: true,
  headers: true,
  partition: true,
  compression: true,
  transactionalId: true,
  create: true,
}

export const carryNames: OptionNames<CarryOptions> = { topic: true, group: true, create: true }
