// What happens in the factory is published once, for whoever subscribes. FACTORY_WITH says which brokers carry it; where
// there are none, the store of Isthmus does. The flows are the same.
import { env, secret, system, type Topic, topic } from 'isthmus'
import { kafka } from 'isthmus/kafka'
import { rabbitmq } from 'isthmus/rabbitmq'
import { Order, PurchasePrice } from './models.ts'
import { SalesOrder } from './order-to-cash/models.ts'

/** What the factory has beside its systems: `kafka`, `rabbitmq`, `mqtt`. */
export const companions = new Set((process.env.FACTORY_WITH ?? '').split(','))
/** Before the name of everything that a broker keeps for this factory. */
export const factoryName = process.env.FACTORY_NAME ?? 'factory'

export const orderPlaced = topic('order-placed', Order)
export const priceChanged = topic('price-changed', PurchasePrice)
/** An order has left the factory and is invoiced. */
export const salesOrderConfirmed = topic('sales-order-confirmed', SalesOrder)

const near = ['loopback', 'private'] as const
const kafkaBroker = system('kafka', {
  kind: 'other',
  allow: near,
  connector: kafka({ brokers: env('KAFKA_BROKERS', '127.0.0.1:9092') }),
})
const rabbitBroker = system('rabbitmq', {
  kind: 'other',
  allow: near,
  connector: rabbitmq({ url: secret('RABBITMQ_URL') }),
})

const byKafka = <T>(event: Topic<T>) =>
  kafkaBroker.carry(event, { ...places(event, 'topic'), ...places(event, 'group'), create: true })
const byRabbit = <T>(event: Topic<T>) => rabbitBroker.carry(event, places(event, 'exchange'))

function places<P extends string>(event: { readonly name: string }, place: P) {
  return { [place]: `${factoryName}.${event.name}` } as Record<P, string>
}

/** Of two brokers, Kafka carries orders and RabbitMQ prices; one alone carries both. */
function carriers() {
  const [hasKafka, hasRabbit] = [companions.has('kafka'), companions.has('rabbitmq')]
  if (hasKafka) {
    const prices = hasRabbit ? byRabbit(priceChanged) : byKafka(priceChanged)
    return [byKafka(orderPlaced), byKafka(salesOrderConfirmed), prices]
  }
  return hasRabbit ? [byRabbit(orderPlaced), byRabbit(salesOrderConfirmed), byRabbit(priceChanged)] : []
}

export const carriedTopics = carriers()
export const brokers = [kafkaBroker, rabbitBroker].filter(({ name }) => companions.has(name))
