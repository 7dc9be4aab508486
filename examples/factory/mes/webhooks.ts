import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Faults } from '../simulated/faults.ts'
import type { Unsent } from './database.ts'

const senders = 8
const longestPause = 3_000

/** What keeps in mind which events are still to be sent. */
export interface Outbox {
  unsent(): Unsent[]
  /** Notes a good answer; gives how many times the event is still to be sent. */
  answered(n: number): number
}

/** Sends every event again and again, with growing pauses, until it is answered 2xx. In no particular order. */
export class Webhooks {
  readonly #queue: Unsent[]
  readonly #outbox: Outbox
  readonly #faults: Faults
  readonly #url: string
  readonly #secret: string
  #wake = Promise.withResolvers<void>()

  constructor(outbox: Outbox, faults: Faults, url: string, secret: string) {
    this.#outbox = outbox
    this.#faults = faults
    this.#url = url
    this.#secret = secret
    this.#queue = outbox.unsent()
    for (let n = 0; n < senders; n++) void this.#sendForever()
  }

  push(events: readonly Unsent[]): void {
    this.#queue.push(...events)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async #sendForever(): Promise<void> {
    let failures = 0
    for (;;) {
      const event = this.#queue.shift()
      if (event === undefined) {
        await this.#wake.promise
        continue
      }
      const pause = await this.#post(event)
      if (pause === undefined) {
        failures = 0
        if (this.#outbox.answered(event.n) > 0) this.#queue.push(event)
        continue
      }
      this.#queue.push(event)
      await delay(Math.min(longestPause, Math.max(pause, 100 * 2 ** failures++)))
    }
  }

  /** Undefined when it was answered 2xx, else the milliseconds that the receiver asked us to wait. */
  async #post({ id, body }: Unsent): Promise<number | undefined> {
    const fault = this.#faults.kind
    if (fault === 'down') return longestPause
    if (fault === 'slow') await delay(this.#faults.delay())
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...sign(this.#secret, id, body) },
        body,
        signal: AbortSignal.timeout(5_000),
      })
      await response.arrayBuffer()
      if (response.ok && fault !== 'lose-answer') return undefined
      return 1000 * Number(response.headers.get('retry-after') ?? 0) || 0
    } catch {
      return 0
    }
  }
}

/** The headers of a signed webhook, as Standard Webhooks (standardwebhooks.com) defines them. */
export function sign(
  secret: string,
  id: string,
  body: string,
  timestamp = String(Math.floor(Date.now() / 1000)),
): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}
