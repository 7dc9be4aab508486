/** What the compiler must refuse about RabbitMQ; see must-not-compile.ts. */
import { idempotent, type irreversible, model, system, Type } from 'isthmus'
import type { SinkChannel } from 'isthmus/connector'
import { rabbitmq } from 'isthmus/rabbitmq'

const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String() }) })
const broker = system('broker', { kind: 'other', connector: rabbitmq({ url: 'amqp://broker' }) })
const placed = broker.publish('placed', Order, { routingKey: ({ no }) => no, effect: idempotent })

// Nobody forgets by accident to say what repeating does.
// @ts-expect-error
broker.publish('unknown', Order, { routingKey: 'orders' })

// Keys and identities are made of the data of the model.
// @ts-expect-error
broker.publish('typed', Order, { routingKey: ({ number }) => number, effect: idempotent })
// @ts-expect-error
broker.consume('typed', Order, { queue: 'orders', id: order => order.number })

// Exchanges and queues are of the kinds that there are.
// @ts-expect-error
broker.consume('declared', Order, { queue: 'q', declare: { queues: [{ name: 'q', type: 'mirrored' }] } })

// The effect and the model stand in the channel's type.
export const sent: SinkChannel<{ no: string }, typeof idempotent> = placed
// @ts-expect-error
export const other: SinkChannel<{ no: string }, typeof irreversible> = placed
