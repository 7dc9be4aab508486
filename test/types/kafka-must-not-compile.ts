/** What the compiler must refuse about Kafka; see must-not-compile.ts. */
import { type irreversible, model, system, Type } from 'isthmus'
import type { SinkChannel } from 'isthmus/connector'
import { avro, json, kafka, type OnceByKey } from 'isthmus/kafka'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String() }) })
const bus = system('bus', { kind: 'other', connector: kafka({ brokers: 'localhost:9092' }) })
const orders = bus.produce('orders', Order, { topic: 'orders', format: json() })

// A channel says which topic.
// @ts-expect-error
bus.consume('nowhere', Order, {})
// @ts-expect-error
bus.consume('from', Order, { topic: 'orders', from: 'now' })
// @ts-expect-error
bus.produce('compression', Order, { topic: 'orders', compression: 'zip' })

// Keys are texts of the message.
// @ts-expect-error
bus.produce('key', Order, { topic: 'orders', key: order => order.number })
// @ts-expect-error
bus.produce('key', Order, { topic: 'orders', key: () => 5 })

// A password is named, and never written down.
// @ts-expect-error
kafka({ brokers: 'localhost', sasl: { mechanism: 'PLAIN', user: 'me', password: 'secret' } })
// @ts-expect-error
kafka({ brokers: 'localhost', sasl: { mechanism: 'MD5', user: 'me', password: { from: 'env', name: 'X' } } })
// @ts-expect-error
avro({ schema: '"string"' })

// The effect stands in the channel's type.
export const once: SinkChannel<{ no: string }, OnceByKey> = orders
// @ts-expect-error
export const other: SinkChannel<{ no: string }, typeof irreversible> = orders
