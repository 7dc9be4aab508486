import type { OptionNames } from '../../message/option-names.ts'
import { tlsNames } from '../http/tls.ts'
import type { MqttOptions, PublishOptions, SubscribeOptions } from './config.ts'

export const mqttNames: OptionNames<MqttOptions> = {
  url: 'needed',
  user: true,
  password: true,
  tls: tlsNames,
  version: true,
  connectTimeout: true,
  callTimeout: true,
  keepAlive: true,
}

export const subscribeNames: OptionNames<SubscribeOptions> = {
  topics: 'needed',
  session: 'needed',
  codec: true,
  record: true,
  id: true,
  retained: true,
  expiry: true,
  lost: true,
  prefetch: true,
}

export const publishNames: OptionNames<PublishOptions> = {
  topic: 'needed',
  effect: 'needed',
  codec: true,
  retain: true,
  properties: true,
  expiry: true,
  messageLimit: true,
}
