import type { Model } from '../../model/model.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { unless } from '../time-limit.ts'
import type { ConsumeOptions } from './config.ts'
import { DeliveryMaker } from './delivery.ts'
import { kafkaFailure, sourceFailure } from './failure.ts'
import { json } from './format.ts'
import type { KafkaLink } from './link.ts'
import { Places } from './places.ts'
import { Reading } from './reading.ts'

/** Reads a topic as a member of a consumer group, while it runs. */
export class KafkaSource implements Source {
  readonly #link: KafkaLink
  readonly #model: Model<unknown>
  readonly #options: ConsumeOptions
  readonly #group: string

  constructor(link: KafkaLink, model: Model<unknown>, options: ConsumeOptions, group: string) {
    this.#link = link
    this.#model = model
    this.#options = options
    this.#group = group
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    const { topic, from = 'earliest', sessionTimeout = '30s', format = json() } = this.#options
    const opened = format.open(this.#link.context, topic)
    const group = { topic, group: this.#group, sessionTimeout: parseDuration(sessionTimeout) }
    const reading = new Reading(this.#link, { ...group, from })
    const closed = this.#link.onClose(() => reading.end())
    try {
      const topicId = await this.#turn(signal, () => reading.join())
      const places = await Places.open(intake, topic, topicId)
      await reading.read(places, new DeliveryMaker(this.#options, opened, this.#model, topicId), signal)
    } catch (error) {
      if (!signal.aborted) throw sourceFailure(error, `Reading ${topic}`)
    } finally {
      closed()
      await reading.close()
      await opened.close?.()
    }
  }

  /** To join is one call. To listen for records is another one that never ends, and asks for no turns. */
  async #turn<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const done = await this.#link.context.turn(signal)
    try {
      const result = await unless(signal, call())
      done()
      return result
    } catch (error) {
      done(kafkaFailure(error, 'Joining the group'))
      throw error
    }
  }
}
