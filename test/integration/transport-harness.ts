import { randomBytes } from 'node:crypto'
import { loadDriver } from '../../src/connectors/kafka/driver.ts'
import { KafkaLink } from '../../src/connectors/kafka/link.ts'
import type { TopicOptions } from '../../src/connectors/kafka/transport/topic.ts'
import { KafkaTransport } from '../../src/connectors/kafka/transport/transport.ts'
import type { CarriedRecord, FollowedRecord } from '../../src/engine/transport.ts'
import type { Json } from '../../src/message/json-value.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { kafkaBrokers } from './kafka-harness.ts'
import { patient, patientCalls } from './patience.ts'

export const newTopic = (): string => `isthmus-transport-${randomBytes(6).toString('hex')}`

export interface OpenOptions extends Partial<TopicOptions> {
  readonly brokers?: string | undefined
  readonly timeout?: string | undefined
}

export async function openTransport({
  brokers,
  timeout = patientCalls.callTimeout,
  ...over
}: OpenOptions): Promise<KafkaTransport> {
  const options = { brokers: brokers ?? kafkaBrokers, ...patient, callTimeout: timeout }
  const link = new KafkaLink(await loadDriver(), options, connectContext())
  return new KafkaTransport(link, { topic: newTopic(), create: true, retention: 7 * 86_400_000, ...over })
}

export const recordOf = (partition: number, head: string, body = head): CarriedRecord => ({
  partition,
  head,
  body: Buffer.from(body),
})

export const textsOf = (records: readonly FollowedRecord[]): string[] =>
  records.map(({ head }) => head ?? '?')

/** What a follower of one partition has been handed over so far. */
export class Following {
  readonly heads: string[] = []
  next: Json | undefined
  readonly #end = new AbortController()
  readonly ended: Promise<void>

  constructor(transport: KafkaTransport, partition: number, from?: Json) {
    this.ended = transport.follow(
      partition,
      from,
      async ({ records, next }) => {
        this.heads.push(...textsOf(records))
        this.next = next
      },
      this.#end.signal,
    )
    this.ended.catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.ended
  }
}
