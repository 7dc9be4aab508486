import type { IPublishPacket, Packet } from 'mqtt-packet'
import { IsthmusError } from '../../errors.ts'
import type { Answer } from '../../system/roles.ts'
import { reasonFailure } from './failure.ts'
import type { Session } from './session.ts'

const doing = 'Publishing'

/** A message on its way, and who waits for it. */
interface Waiting {
  readonly packet: IPublishPacket
  readonly settle: (answer: Answer) => void
  isSent: boolean
}

/** Publishes over one session, with as many messages at a time as the broker takes. */
export class Publisher {
  readonly #session: Session
  readonly #window: number
  readonly #line: Waiting[] = []
  readonly #sent = new Set<Waiting>()

  constructor(session: Session) {
    this.#session = session
    this.#window = session.welcome?.properties?.receiveMaximum ?? 65_535
    session.atEnd(() => this.#fail())
  }

  get isOpen(): boolean {
    return this.#session.failure === undefined
  }

  /** Bytes of the largest packet that the broker takes. */
  get limit(): number {
    return this.#session.welcome?.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY
  }

  /** Resolves with an answer for each when all are acknowledged or given up. Does not reject. */
  async publish(
    packets: readonly IPublishPacket[],
    patience: number,
    signal: AbortSignal,
  ): Promise<Answer[]> {
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
      return await Promise.all(answers)
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

  #fail(): void {
    const reason = this.#session.failure?.message ?? 'the connection was lost'
    for (const each of this.#sent) each.settle(unanswered(reason))
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
