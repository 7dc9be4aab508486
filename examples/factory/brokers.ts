import { kafka } from '../../scripts/servers/kafka.ts'
import { mosquitto } from '../../scripts/servers/mosquitto.ts'
import { rabbitmq } from '../../scripts/servers/rabbitmq.ts'
import type { TestServer } from '../../scripts/servers/server.ts'
import { forget } from './forget.ts'

export const brokerNames = ['kafka', 'rabbitmq', 'mqtt'] as const

export type BrokerName = (typeof brokerNames)[number]

/** A broker that is up. */
export interface Broker {
  /** For Isthmus and whoever else talks to it; there may be a password in it. */
  readonly env: Readonly<Record<string, string>>
  /** For people: without credentials. */
  readonly summary: string
  /** Ends it, if it was started here; else takes away what it has kept for the factory of this name. */
  remove(factory: string): Promise<void>
}

interface Kind {
  readonly variable: string
  readonly example: string
  readonly server: TestServer
  /** What is to be installed for a private one. */
  readonly needs: string
}

const kinds: Readonly<Record<BrokerName, Kind>> = {
  kafka: { variable: 'KAFKA_BROKERS', example: 'host:9092', server: kafka, needs: 'Java and Maven' },
  rabbitmq: {
    variable: 'RABBITMQ_URL',
    example: 'amqp://user:password@host',
    server: rabbitmq,
    needs: 'rabbitmq-server',
  },
  mqtt: {
    variable: 'MQTT_URL',
    example: 'mqtt://user:password@host',
    server: mosquitto,
    needs: 'mosquitto',
  },
}

/**
 * The one that the environment names, else a private one from the programs of this machine. Rejects if there is none, and
 * where a factory is to go `on`: a private one has forgotten it.
 */
export async function startBroker(
  name: BrokerName,
  on: boolean,
  say: (line: string) => void,
): Promise<Broker> {
  const { variable, example, server, needs } = kinds[name]
  const given = process.env[variable]
  if (given) {
    const { env, summary } = brokerAt(name, given)
    return { env, summary, remove: factory => forget(name, env, factory) }
  }
  if (on)
    throw new Error(
      `The folder of --data has been used before, and a private ${server.name} knows nothing of it. ` +
        `Give a new one, or say where a ${server.name} is: ${variable}=${example}`,
    )
  const remedy = `Install ${needs}, or say where one is: ${variable}=${example}`
  const started = await server.start(say).catch(error => {
    throw new Error(`${server.name} does not start: ${(error as Error).message}. ${remedy}`)
  })
  if (!started) throw new Error(`There is no ${server.name} on this machine. ${remedy}`)
  return { ...brokerAt(name, started.url), remove: () => started.stop() }
}

function brokerAt(name: BrokerName, address: string): Omit<Broker, 'remove'> {
  const { variable, example, server } = kinds[name]
  if (name === 'kafka') {
    const hosts = address.replace(/^kafka:\/\//, '').replace(/\?.*$/, '')
    return { env: { KAFKA_BROKERS: hosts }, summary: `${server.name} at ${hosts}` }
  }
  const url = URL.parse(address)
  if (!url) throw new Error(`${variable} is no URL, such as ${example}.`)
  const summary = `${server.name} at ${url.host}`
  if (name === 'rabbitmq') return { env: { RABBITMQ_URL: address }, summary }
  const { username, password } = url
  url.username = url.password = ''
  const login = username && {
    MQTT_USER: decodeURIComponent(username),
    MQTT_PASSWORD: decodeURIComponent(password),
  }
  return { env: { MQTT_URL: url.href, ...login }, summary }
}
