import type { IPublishPacket } from 'mqtt-packet'
import type { Session } from './session.ts'

/** What a session was sent and nobody has taken yet. When it is full, no more is read: QoS 0 has no other brake. */
export class Mailbox {
  readonly #session: Session
  readonly #full: number
  readonly #signal: AbortSignal
  #packets: IPublishPacket[] = []
  #wake = () => {}

  constructor(session: Session, full: number, signal: AbortSignal) {
    this.#session = session
    this.#full = full
    this.#signal = signal
    session.listen(packet => {
      if (packet.cmd !== 'publish') return
      this.#packets.push(packet)
      if (this.#packets.length === full) session.paused = true
      this.#wake()
    })
    session.atEnd(() => this.#wake())
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** At least one and at most so many, when there are; none when the signal has aborted. Rejects when the session has ended. */
  async take(most: number): Promise<IPublishPacket[]> {
    for (;;) {
      if (this.#signal.aborted) return []
      if (this.#session.failure) throw this.#session.failure
      if (this.#packets.length > 0) return this.#taken(most)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #taken(most: number): IPublishPacket[] {
    const packets = this.#packets.splice(0, most)
    if (this.#packets.length < this.#full) this.#session.paused = false
    return packets
  }
}
