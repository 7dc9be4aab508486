import { type IsthmusError, reasonOf } from '../../errors.ts'
import { propertyOf } from '../../message/codec/xml-shape.ts'
import type { Delivery } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { fingerprint, LookingSource } from '../looking-source.ts'
import { replyIn, valueAt, withTexts } from './answer.ts'
import { checkSelected } from './call.ts'
import type { SubscribeOptions } from './config.ts'
import { EventQueue } from './event-queue.ts'
import type { Asked, GraphqlLink } from './link.ts'
import { List } from './list.ts'
import { defect, recordDelivery } from './record.ts'
import { subscribe } from './subscription.ts'

/** Most events in one call of the intake. */
const batch = 100

/**
 * Listens to a subscription, and reads a list beside it for what the subscription does not tell. An event may come a
 * second time with the list: it is a duplicate by its identity.
 */
export class SubscriptionSource implements Source {
  readonly #options: SubscribeOptions
  readonly #link: GraphqlLink
  readonly #asked: Asked
  readonly #shape: ReturnType<typeof propertyOf>['shape']
  readonly #list: List | undefined

  /** Throws FLOW-DEFINITION where a document cannot be used. */
  constructor(channel: SourceChannel<unknown>, options: SubscribeOptions, link: GraphqlLink) {
    const { document, variables, at, errors, missed } = options
    const id = channelId(channel)
    const operation = link.read(document, 'subscription', id)
    if (at !== undefined) checkSelected(operation, at, id)
    this.#options = options
    this.#link = link
    this.#asked = { operation, variables, errors, channel: id }
    this.#shape = propertyOf(channel.model.jsonSchema).shape
    if (missed !== 'lost' && options.id)
      this.#list = new List(channel, { ...missed, id: options.id, errors }, link)
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    const ending = new AbortController()
    const both = AbortSignal.any([signal, ending.signal])
    const opened = Promise.withResolvers<void>()
    const shared = oneAtATime(intake)
    const listening = this.#listen(shared, both, opened.resolve).finally(opened.resolve)
    const looking = opened.promise.then(() => this.#look(shared, both))
    const parts = [listening, looking].map(part => part.finally(() => ending.abort()))
    const failed = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected' && !signal.aborted) throw failed.reason
  }

  /** Ends when the subscription does: without a list there is nothing to look at. */
  async #look(intake: Intake, signal: AbortSignal): Promise<void> {
    const { missed } = this.#options
    if (!this.#list || missed === 'lost')
      return new Promise(resolve => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    await new LookingSource(this.#list.look, parseDuration(missed.every ?? '10m')).run(intake, signal)
  }

  /** Events that wait when it fails are accepted before it rejects. */
  async #listen(intake: Intake, signal: AbortSignal, opened: () => void): Promise<void> {
    const queue = new EventQueue<unknown>(this.#options.buffer ?? 1000)
    const stop = () => queue.end()
    signal.addEventListener('abort', stop)
    let done: ((error?: unknown) => void) | undefined = await this.#link.context.turn(signal)
    const tell = (error?: unknown) => {
      done?.(error)
      done = undefined
    }
    try {
      const end = await subscribe(this.#link, this.#asked, {
        opened() {
          tell()
          opened()
        },
        event: value => void (queue.put(value) || queue.end(this.#overflow())),
        ended(error) {
          tell(error)
          queue.end(error)
        },
      })
      if (signal.aborted) stop()
      await this.#handOver(queue, intake, signal).finally(end)
    } catch (error) {
      tell(error)
      throw error
    } finally {
      tell()
      signal.removeEventListener('abort', stop)
    }
  }

  async #handOver(queue: EventQueue<unknown>, intake: Intake, signal: AbortSignal): Promise<void> {
    for (let events = await queue.take(batch); events; events = await queue.take(batch))
      await acceptPatiently(
        intake,
        events.map(event => this.#delivery(event)),
        {},
        signal,
      )
  }

  #delivery(value: unknown): Delivery {
    const { at, id } = this.#options
    const failure = this.#failureIn(value)
    if (failure) return defect(value, failure, fingerprint({ data: value }))
    const found = valueAt(replyIn(value)?.data, at) ?? null
    return id ? recordDelivery(found, { shape: this.#shape, id }) : { data: withTexts(found, this.#shape) }
  }

  #failureIn(value: unknown): string | undefined {
    const reply = replyIn(value)
    if (!reply) return 'it is no event of a GraphQL server'
    try {
      return this.#link.failureIn(reply, this.#asked)?.message
    } catch (error) {
      return reasonOf(error)
    }
  }

  #overflow(): IsthmusError {
    const { channel, operation } = this.#asked
    return this.#link.unfit(channel, operation, 'more events came than could be accepted; raise "buffer"')
  }
}

/** One call after the other, since a position comes alone. */
function oneAtATime(intake: Intake): Intake {
  let last: Promise<unknown> = Promise.resolve()
  return {
    position: () => intake.position(),
    accept(deliveries, options) {
      const call = last.then(() => intake.accept(deliveries, options))
      last = call.catch(() => {})
      return call
    },
  }
}
