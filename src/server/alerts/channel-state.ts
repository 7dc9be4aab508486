import { reasonOf } from '../../errors.ts'
import type { AlertChannel } from '../../flow/alert-channel.ts'
import type { AlertMessage } from '../../observe/alerts/message.ts'
import { senderOf } from './open-channel.ts'
import { messageId, pace, type Send, type SendContext } from './sender.ts'

const shortest = 5_000
const longest = 300_000

/** One channel: what became of what it was told. Tells one message at a time, not faster than its pace. */
export class ChannelState {
  readonly channel: AlertChannel
  readonly #send: Send
  readonly #now: () => number
  #busy = false
  #next = 0
  #failures = 0
  /** Since when and why nothing gets through. */
  failing: { readonly since: number; readonly reason: string } | undefined
  lastSent: number | undefined
  readonly counts = { sent: 0, failed: 0 }

  constructor(context: SendContext) {
    this.channel = context.channel
    this.#send = senderOf(context.channel, context)
    this.#now = () => context.now()
    const missing = missingSetting(context)
    if (missing !== undefined) this.failing = { since: context.now(), reason: missing }
  }

  /** Whether it may be told something now. */
  get isFree(): boolean {
    return !this.#busy && this.#now() >= this.#next
  }

  /** Whether the message was taken; if not it may be told again later, and `failing` says why. */
  async tell(message: AlertMessage): Promise<boolean> {
    this.#busy = true
    try {
      await this.#send(message, messageId(message))
      this.#failures = 0
      this.failing = undefined
      this.lastSent = this.#now()
      this.counts.sent++
      this.#next = this.#now() + pace[this.channel.options.kind]
      return true
    } catch (error) {
      this.counts.failed++
      this.failing = { since: this.failing?.since ?? this.#now(), reason: reasonOf(error) }
      const wait = Math.min(longest, shortest * 2 ** this.#failures++)
      this.#next = this.#now() + Math.max(wait, pace[this.channel.options.kind])
      return false
    } finally {
      this.#busy = false
    }
  }
}

function missingSetting({ channel, resolve }: SendContext): string | undefined {
  const { kind: _kind, language: _language, atLeast: _atLeast, allow: _allow, ...settings } = channel.options
  try {
    for (const setting of Object.values(settings)) resolve(setting)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}
