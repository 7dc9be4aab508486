import type { IPublishPacket, ISubackPacket, Packet } from 'mqtt-packet'
import { IsthmusError } from '../../errors.ts'
import { type AnyChannel, channelId, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { limited, unless } from '../time-limit.ts'
import { defaultPrefetch, type SubscribeOptions } from './config.ts'
import { openFailure, reasonFailure, sourceFailure } from './failure.ts'
import { deliveryOf } from './inbound.ts'
import type { MqttLink } from './link.ts'
import { Mailbox } from './mailbox.ts'
import type { Session } from './session.ts'

/** What is kept of a session: that there is one, and what it subscribes to. */
interface Place {
  readonly session: string
  readonly topics: readonly string[]
}

/**
 * Delivers what comes to a session that the broker keeps, in the order in which it comes, and acknowledges it when it is
 * durable. What has not been acknowledged the broker sends again.
 */
export class MqttSource implements Source {
  readonly #link: MqttLink
  readonly #channel: SourceChannel<unknown>
  readonly #options: SubscribeOptions
  readonly #context: ConnectContext
  readonly #prefetch: number
  readonly #doing: string

  constructor(
    link: MqttLink,
    channel: SourceChannel<unknown>,
    options: SubscribeOptions,
    context: ConnectContext,
  ) {
    this.#link = link
    this.#channel = channel
    this.#options = options
    this.#context = context
    this.#prefetch = options.prefetch ?? defaultPrefetch
    this.#doing = `Subscribing to ${options.topics.join(', ')}`
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    let session: Session | undefined
    try {
      const known = (await intake.position()) as unknown as Place | undefined
      session = await this.#connect(signal)
      if (!(await this.#settle(session, known, intake, signal))) return
      // From here on it may stop reading; before, the answer to the subscription would stay unread too.
      const mailbox = new Mailbox(session, 2 * this.#prefetch, signal)
      for (;;) {
        const packets = await mailbox.take(this.#prefetch)
        if (packets.length === 0) return
        if (!(await this.#accept(packets, intake, signal))) return
        for (const { qos, messageId } of packets)
          if (qos > 0 && messageId !== undefined) session.send({ cmd: 'puback', messageId, reasonCode: 0 })
      }
    } catch (error) {
      if (!signal.aborted) throw sourceFailure(error, this.#doing)
    } finally {
      await session?.close()
    }
  }

  /** False if it was given up. */
  async #accept(packets: readonly IPublishPacket[], intake: Intake, signal: AbortSignal): Promise<boolean> {
    const { retained = true } = this.#options
    const wanted = packets.filter(({ retain }) => retained || !retain)
    const deliveries = wanted.map(each => deliveryOf(each, this.#channel, this.#options))
    if (deliveries.length === 0) return true
    return (await acceptPatiently(intake, deliveries, {}, signal)) !== undefined
  }

  async #connect(signal: AbortSignal): Promise<Session> {
    const { session: clientId, expiry = '7d' } = this.#options
    const seconds = Math.max(1, Math.round(parseDuration(expiry) / 1000))
    const done = await this.#context.turn(signal)
    try {
      const beginning = { clientId, clean: false, expiry: seconds, prefetch: this.#prefetch }
      const session = await this.#link.open(beginning, signal)
      done()
      return session
    } catch (error) {
      const failure = openFailure(error, this.#doing)
      done(failure)
      throw failure
    }
  }

  /** Lets the session be what the channel says, and keeps that there is one. False if it was given up. */
  async #settle(
    session: Session,
    known: Place | undefined,
    intake: Intake,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { session: name, topics } = this.#options
    const isSame = known?.session === name
    if (isSame && session.welcome?.sessionPresent !== true) this.#meetLoss()
    const present = isSame && session.welcome?.sessionPresent === true
    const isUnchanged = present && JSON.stringify(known.topics) === JSON.stringify(topics)
    // MQTT 3.1.1 would send all that is retained again.
    if (session.version === 5 || !isUnchanged) await this.#subscribe(session, signal)
    const stale = present ? known.topics.filter(topic => !topics.includes(topic)) : []
    if (stale.length > 0)
      await this.#ask(session, { cmd: 'unsubscribe', unsubscriptions: stale } as never, signal)
    if (isUnchanged) return true
    const position = { session: name, topics: [...topics] }
    return (await acceptPatiently(intake, [], { position }, signal)) !== undefined
  }

  #meetLoss(): void {
    const { session, lost = 'stop' } = this.#options
    const text = `${channelId(this.#channel as AnyChannel)}: the broker does not know the session ${session} any more.`
    const gap = 'A gap is possible: what was published while nobody listened is lost.'
    const remedy = 'Compare the systems, and give the session another name to begin anew.'
    if (lost === 'stop') throw new IsthmusError('SOURCE-GAP', `${text} ${gap} ${remedy}`)
    this.#context.log('warn', `${text} ${gap}`)
  }

  /** What is retained comes once: with the subscription, and not again with every connection. */
  async #subscribe(session: Session, signal: AbortSignal): Promise<void> {
    const { topics, retained = true } = this.#options
    const handling = session.version === 5 ? { rh: retained ? 1 : 2 } : {}
    const subscriptions = topics.map(topic => ({ topic, qos: 1 as const, ...handling }))
    const answer = await this.#ask(session, { cmd: 'subscribe', subscriptions } as never, signal)
    const granted = (answer as ISubackPacket).granted as readonly number[]
    for (const [n, topic] of topics.entries()) {
      const code = granted[n] ?? 128
      if (code >= 128) throw reasonFailure(code, `Subscribing to ${topic}`)
      if (code === 0) throw reasonFailure(155, `Subscribing to ${topic}`)
    }
  }

  #ask(session: Session, packet: Packet, signal: AbortSignal): Promise<Packet> {
    const { promise, resolve, reject } = Promise.withResolvers<Packet>()
    session.ask({ ...packet, messageId: session.freeId() }, resolve)
    const forget = session.atEnd(() => reject(session.failure))
    const clock = limited(this.#link.address.callTimeout, signal)
    return unless(clock.signal, promise).finally(() => {
      clock.end()
      forget()
    })
  }
}
