import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from '@platformatic/kafka'
import { IsthmusError } from '../../../errors.ts'
import { hasCode, kafkaFailure } from '../failure.ts'

export interface TopicOptions {
  /** Name of the topic. */
  readonly topic: string
  /** Whether the topic is made where it is not there. */
  readonly create: boolean
  /** Of the topic that is made. Default: as the brokers are set. */
  readonly replication?: number | undefined
  /** Milliseconds for which records must be kept. */
  readonly retention: number
}

/** What was found of a topic that can be used. */
export interface CheckedTopic {
  readonly warnings: readonly string[]
  /** Bytes that it takes at a time. */
  readonly most: number
}

/** Longest record of a topic that we make, in bytes: the largest messages that the intake takes. */
const longest = 64 * 1024 * 1024
/** Bytes that Kafka takes at a time if nothing is said. */
const usual = 1_048_588

/** Makes the topic if it is not there. Touches no other topic, and changes none. Throws CONFIG-INVALID. */
export async function checkTopic(
  admin: Admin,
  options: TopicOptions,
  partitions: number,
): Promise<CheckedTopic> {
  const { topic } = options
  try {
    if (!(await exists(admin, topic))) {
      await create(admin, options, partitions)
      await untilKnown(admin, topic)
    }
    const settings = await settingsOf(admin, topic)
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
    const found = topics.get(topic)
    if (found?.partitionsCount !== partitions) throw unfit(topic, partitions, found?.partitionsCount)
    if (settings?.get('cleanup.policy')?.includes('compact'))
      throw new IsthmusError(
        'CONFIG-INVALID',
        `The topic ${topic} keeps the last record of each key only (cleanup.policy): set it to delete.`,
      )
    const replicas = Math.min(...found.partitions.map(each => each.replicas.length))
    return {
      warnings: warningsOf(topic, settings, replicas, options.retention),
      most: Number(settings?.get('max.message.bytes') ?? usual),
    }
  } catch (error) {
    throw kafkaFailure(error, `Looking at the topic ${topic}`)
  }
}

async function exists(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.metadata({ topics: [topic], autocreateTopics: false, forceUpdate: true })
    return topics.has(topic)
  } catch (error) {
    if (hasCode(error, 'UNKNOWN_TOPIC_OR_PARTITION') || /Unknown topic/.test(String(error))) return false
    throw error
  }
}

/** Another member may make it at the same moment. */
async function create(admin: Admin, options: TopicOptions, partitions: number): Promise<void> {
  const { topic, replication, retention } = options
  if (!options.create)
    throw new IsthmusError(
      'CONFIG-INVALID',
      `There is no topic ${topic}. Have it made with ${partitions} partitions, or let it be made by create=true.`,
    )
  const configs = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retention),
    'retention.bytes': '-1',
    'max.message.bytes': String(longest),
    // Clocks of intake nodes that are wrong must not delete records.
    'message.timestamp.type': 'LogAppendTime',
    'unclean.leader.election.enable': 'false',
    ...(replication !== undefined && { 'min.insync.replicas': String(replication > 2 ? 2 : 1) }),
  }
  const list = Object.entries(configs).map(([name, value]) => ({ name, value }))
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas: replication ?? -1, configs: list })
  } catch (error) {
    if (!hasCode(error, 'TOPIC_ALREADY_EXISTS')) throw error
  }
}

/** Who is asked may hear of what was made a moment later. What is not known after some seconds is told by who looks next. */
async function untilKnown(admin: Admin, topic: string): Promise<void> {
  for (let look = 0; look < 100 && !(await exists(admin, topic)); look++) await delay(100)
}

/** Undefined where we may not see them. */
async function settingsOf(admin: Admin, topic: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const [found] = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: topic }] })
    return new Map(found?.configs.map(({ name, value }) => [name, value ?? '']))
  } catch (error) {
    if (hasCode(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED')) return undefined
    throw error
  }
}

function unfit(topic: string, wanted: number, found: number | undefined): IsthmusError {
  const text = `The topic ${topic} has ${found ?? 'no'} partitions, and the store has ${wanted}: they must be as many. Use another topic.`
  return new IsthmusError('CONFIG-INVALID', text)
}

function warningsOf(
  topic: string,
  settings: ReadonlyMap<string, string> | undefined,
  replicas: number,
  retention: number,
): string[] {
  if (!settings)
    return [`The settings of ${topic} may not be looked at: see that it keeps records long enough.`]
  const setting = (name: string) => settings.get(name) ?? ''
  const kept = Number(setting('retention.ms'))
  const inSync = Number(setting('min.insync.replicas'))
  const warnings: (string | false)[] = [
    replicas < 2 && `has ${replicas} replica: a broker that is lost takes accepted messages with it`,
    replicas > 1 &&
      inSync < 2 &&
      'takes a record as written when one replica has it (min.insync.replicas): set that to 2',
    kept >= 0 &&
      kept < retention &&
      `keeps records for ${kept} ms (retention.ms), less than the ${retention} ms that are asked for`,
    Number(setting('retention.bytes')) >= 0 &&
      'deletes records by size (retention.bytes), whether they were taken over or not: set that to -1',
    setting('message.timestamp.type') !== 'LogAppendTime' &&
      'deletes records by the clocks of intake nodes: set message.timestamp.type to LogAppendTime',
    setting('unclean.leader.election.enable') === 'true' &&
      'may lose written records when a leader is lost (unclean.leader.election.enable): set that to false',
  ]
  return warnings.flatMap(text => (text ? [`The topic ${topic} ${text}.`] : []))
}
