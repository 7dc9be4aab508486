import type { IPublishPacket, Packet } from 'mqtt-packet'
import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing } from '../../system/roles.ts'
import type { OpenPublisher } from '../publisher-sink.ts'
import type { PublishOptions } from './config.ts'
import { reasonFailure } from './failure.ts'
import { packetOf } from './outbound.ts'
import type { Session } from './session.ts'

const doing = 'Publishing'

/** A message on its way, and who waits for it. */
interface Waiting {
  readonly packet: IPublishPacket
  readonly settle: (answer: Answer) => void
  isSent: boolean
}

/** Publishes over one session, with as many messages at a time as the broker takes. */
export class Publisher implements OpenPublisher<IPublishPacket> {
  isDropped = false
  readonly #session: Session
  readonly #options: PublishOptions
  /** Milliseconds until messages without an acknowledgement are given up. */
  readonly #patience: number
  readonly #window: number
  readonly #line: Waiting[] = []
  readonly #sent = new Set<Waiting>()

  constructor(session: Session, options: PublishOptions, patience: number) {
    this.#session = session
    this.#options = options
    this.#patience = patience
    this.#window = session.welcome?.properties?.receiveMaximum ?? 65_535
    session.atEnd(() => this.#fail())
  }

  get isOpen(): boolean {
    return this.#session.failure === undefined
  }

  make(item: Outgoing): IPublishPacket {
    const packet = packetOf(item, this.#options, this.#session.version)
    const size = this.#session.sizeOf(packet)
    const { maximumPacketSize: limit = size } = this.#session.welcome?.properties ?? {}
    if (size <= limit) return packet
    const text = `Not published: its packet has ${size} bytes, and the broker takes ${limit}.`
    throw new IsthmusError('TARGET-REFUSED', text)
  }

  async publish(packets: readonly IPublishPacket[], signal: AbortSignal): Promise<Answer[]> {
    const patience = this.#patience
    const waiting: Waiting[] = []
    const giveUp = (reason: string) => {
      for (const each of waiting) each.settle(each.isSent ? unanswered(reason) : unsent(reason))
    }
    const answers = packets.map(packet => {
      const { promise, resolve } = Promise.withResolvers<Answer>()
      waiting.push({ packet, settle: resolve, isSent: false })
      return promise
    })
    const late = setTimeout(() => giveUp(`no acknowledgement within ${patience} ms`), patience)
    const abort = () => giveUp('it was given up before it was acknowledged')
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    else this.#line.push(...waiting)
    this.#advance()
    if (!this.isOpen) this.#fail()
    try {
      return (await Promise.all(answers)).map(answer => this.#judged(answer))
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', abort)
      this.#forget(waiting)
    }
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  #advance(): void {
    while (this.isOpen && this.#sent.size < this.#window) {
      const next = this.#line.shift()
      if (next === undefined) return
      next.isSent = true
      this.#sent.add(next)
      this.#session.ask({ ...next.packet, messageId: this.#session.freeId() }, packet => {
        this.#sent.delete(next)
        next.settle(answerFor(packet, next.packet))
        this.#advance()
      })
    }
  }

  /** Those that were given up before they were sent. What was sent takes a place until it is acknowledged. */
  #forget(waiting: readonly Waiting[]): void {
    for (const each of waiting) {
      const at = each.isSent ? -1 : this.#line.indexOf(each)
      if (at >= 0) this.#line.splice(at, 1)
    }
  }

  /** Where the topic is made of the record, only this record may not go there; else none may. */
  #judged(answer: Answer): Answer {
    if (answer.ok || typeof this.#options.topic !== 'function') return answer
    const { code, message } = answer.error as IsthmusError
    if (code !== 'TARGET-CREDENTIALS') return answer
    return { ok: false, error: new IsthmusError('TARGET-REFUSED', message) }
  }

  /** What a broker says when it leaves, it says of the message that was under way, if there was one only. */
  #fail(): void {
    const { failure } = this.#session
    const reason = (failure?.message ?? 'the connection was lost').replace(/\.+$/, '')
    const told = this.#sent.size === 1 && failure?.code !== 'TARGET-UNAVAILABLE' ? failure : undefined
    this.isDropped ||= this.#sent.size > 0
    for (const each of this.#sent) each.settle(told ? { ok: false, error: told } : unanswered(reason))
    for (const each of this.#line.splice(0)) each.settle(unsent(reason))
    this.#sent.clear()
  }
}

/** 16: nobody subscribes to it at the moment. */
function answerFor(packet: Packet, { topic }: IPublishPacket): Answer {
  const reason = (packet as { reasonCode?: number }).reasonCode ?? 0
  if (reason < 128) return reason === 16 ? { ok: true, result: 'no subscribers' } : { ok: true }
  return { ok: false, error: reasonFailure(reason, `${doing} to ${topic}`) }
}

function unanswered(reason: string): Answer {
  const text = `${doing}: ${reason}. Whether the broker has the message is not known.`
  return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', text) }
}

function unsent(reason: string): Answer {
  return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', `${doing}: ${reason}. It was not sent.`) }
}
