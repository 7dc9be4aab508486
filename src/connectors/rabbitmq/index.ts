export type { Codec } from '../../message/codec/codec.ts'
export { type JsonOptions, json } from '../../message/codec/json.ts'
export { type XmlOptions, xml } from '../../message/codec/xml.ts'
export type { TlsOptions } from '../http/tls.ts'
export type { RabbitChannels } from './channels.ts'
export type {
  Arguments,
  BindingDeclaration,
  ConsumeOptions,
  ExchangeDeclaration,
  PublishOptions,
  QueueDeclaration,
  RabbitOptions,
  Topology,
} from './config.ts'
export { rabbitmq } from './connector.ts'
