import type { KafkaOptions, SaslOptions } from '../connectors/kafka/config.ts'
import { loadDriver } from '../connectors/kafka/driver.ts'
import { KafkaLink } from '../connectors/kafka/link.ts'
import type { TopicOptions } from '../connectors/kafka/transport/topic.ts'
import { KafkaTransport } from '../connectors/kafka/transport/transport.ts'
import type { Transport } from '../engine/transport.ts'
import { IsthmusError } from '../errors.ts'
import { parseDuration } from '../system/duration.ts'
import { secret, secretFile } from '../system/setting.ts'

/** Which topic of which cluster carries messages, and how it is reached. */
export interface TransportPlace {
  readonly kafka: KafkaOptions
  readonly topic: TopicOptions
}

const known = [
  'topic',
  'create',
  'replication',
  'retention',
  'timeout',
  'tls',
  'ca',
  'cert',
  'key',
  'sasl',
  'user',
]

/** What ISTHMUS_TRANSPORT says; undefined where it is not set. Throws CONFIG-INVALID. */
export function transportPlaceOf(
  landscape: string,
  { ISTHMUS_TRANSPORT: text }: Readonly<Record<string, string | undefined>>,
): TransportPlace | undefined {
  if (!text) return undefined
  const [, brokers, query] = /^kafka:\/\/([^/?#@\s]+)\/?(?:\?(.*))?$/.exec(text) ?? []
  if (brokers === undefined)
    throw invalid('is kafka://HOST:PORT, with commas between several brokers; a password is not in it')
  const options = new URLSearchParams(query)
  for (const name of options.keys()) if (!known.includes(name)) throw invalid(`knows no ${name}`)
  const option = (name: string) => options.get(name) || undefined
  return {
    kafka: {
      brokers,
      tls: tlsOf(option),
      sasl: saslOf(option),
      connectTimeout: '3s',
      callTimeout: duration('timeout', option('timeout') ?? '10s'),
    },
    topic: {
      topic: topicOf(option('topic') ?? `isthmus.${landscape}.intake`),
      create: yes('create', option('create') ?? 'true'),
      replication: replicationOf(option('replication')),
      retention: parseDuration(duration('retention', option('retention') ?? '7d')),
    },
  }
}

type Option = (name: string) => string | undefined

function tlsOf(option: Option): KafkaOptions['tls'] {
  const [ca, cert, key] = [option('ca'), option('cert'), option('key')]
  if (ca === undefined && cert === undefined && key === undefined)
    return yes('tls', option('tls') ?? 'false') || undefined
  return {
    ca: ca === undefined ? undefined : secretFile(ca),
    cert: cert === undefined ? undefined : secretFile(cert),
    key: key === undefined ? undefined : secretFile(key),
  }
}

const mechanisms: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']

function saslOf(option: Option): SaslOptions | undefined {
  const [mechanism, user] = [option('sasl'), option('user')]
  if (mechanism === undefined && user === undefined) return undefined
  if (user === undefined || mechanism === undefined || !mechanisms.includes(mechanism))
    throw invalid(`logs in with sasl (${mechanisms.join(', ')}) and user, and ISTHMUS_TRANSPORT_PASSWORD`)
  const password = secret('ISTHMUS_TRANSPORT_PASSWORD')
  return { mechanism: mechanism as SaslOptions['mechanism'], user, password }
}

/** Source: the class Topic of Apache Kafka. */
function topicOf(name: string): string {
  if (/^[\w.-]{1,249}$/.test(name) && !/^\.{1,2}$/.test(name)) return name
  throw invalid(`has a topic of letters, digits and ._-, not "${name}"`)
}

function replicationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw invalid(`has a number of replicas, not "${text}"`)
}

function yes(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw invalid(`has ${name} as true or false, not "${text}"`)
}

function duration(name: string, text: string): string {
  try {
    parseDuration(text)
    return text
  } catch {
    throw invalid(`has a ${name} such as 10s or 7d, not "${text}"`)
  }
}

function invalid(why: string): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', `ISTHMUS_TRANSPORT ${why}.`)
}

/** Connects to nothing yet. `resolve` gives the values of secrets. */
export async function openTransport(
  { kafka, topic }: TransportPlace,
  resolve: (setting: Parameters<KafkaLink['context']['resolve']>[0]) => string,
  log: (level: 'info' | 'warn', text: string) => void,
): Promise<Transport> {
  const link = new KafkaLink(await loadDriver(), kafka, {
    system: 'the transport',
    routes: { add: () => () => {} },
    resolve,
    turn: async () => () => {},
    // Who runs Isthmus says where it is, and not a landscape.
    allows: () => true,
    now: () => Date.now(),
    log,
  })
  return new KafkaTransport(link, topic)
}
