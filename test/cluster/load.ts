import { setTimeout as pause } from 'node:timers/promises'
import { orderXml } from '../recovery/order-intake-fixture.ts'

/** Callers who send again what was not answered, and note what was answered positively. */
export class Load {
  readonly orders = new Set<string>()
  /** The number of the last visit of each customer that was accepted: all before it were, too. */
  readonly visits = new Map<string, number>()
  readonly #url: string
  readonly #ended: Promise<unknown>
  #isOver = false

  constructor(url: string, callers = 12, rest = 30) {
    this.#url = url
    this.#ended = Promise.all(Array.from({ length: callers }, (_, n) => this.#call(`C-${n}`, rest)))
    // Told by `end`.
    this.#ended.catch(() => {})
  }

  get accepted(): number {
    return this.orders.size + [...this.visits.values()].reduce((sum, no) => sum + no, 0)
  }

  /** What was sent last is sent until it is accepted. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#ended
  }

  /** An order now and then, and now and then one that was sent before. */
  async #call(customer: string, rest: number): Promise<void> {
    for (let no = 1; !this.#isOver; no++) {
      const visit = { id: `${customer}/${no}`, customer, no }
      await this.#send('visits', 'application/json', JSON.stringify(visit))
      this.visits.set(customer, no)
      if (no % 3 === 0) {
        const id = `O-${customer}-${no % 12 === 0 ? no - 3 : no}`
        await this.#send('orders', 'application/xml', orderXml({ id, customer }))
        this.orders.add(id)
      }
      await pause(rest)
    }
  }

  async #send(path: string, type: string, body: string): Promise<void> {
    for (;;) {
      const status = await fetch(`${this.#url}/${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
        signal: AbortSignal.timeout(5_000),
      }).then(
        async answer => {
          await answer.body?.cancel()
          return answer.status
        },
        () => 0,
      )
      if (status >= 200 && status < 300) return
      if (status >= 400 && status < 500 && status !== 429 && status !== 408)
        throw new Error(`${path} was answered ${status}`)
      await pause(100)
    }
  }
}
