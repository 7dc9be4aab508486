import { hash } from 'node:crypto'
import type { Delivery, Position } from '../message/message.ts'
import { acceptPatiently, pause } from '../system/patience.ts'
import type { Intake, Source } from '../system/roles.ts'

/** A part of what one look at a system finds. */
export interface Found {
  /** With the identity that a record always has: `key@time`, or the key with a print of its content. */
  readonly deliveries: readonly (Delivery & { readonly id: string })[]
  /** Where the next look may begin, once these deliveries are accepted: given as soon as nothing before it is left out. */
  readonly mark?: Position | undefined
}

/** Looks once, from the mark on, or at everything. What a part holds is accepted before the next part is asked for. */
export type Look = (mark: Position | undefined, signal: AbortSignal) => AsyncIterable<Found>

/** Deliveries remembered, so that what is found again need not be handed over again. Forgetting one is harmless. */
const mostRemembered = 50_000

/**
 * A source that asks: it looks again and again, and keeps the mark of its last look. Looks may reach back: what was
 * accepted before is a duplicate by its identity. A look that fails ends `run`, and begins anew at the last mark.
 */
export class LookingSource implements Source {
  readonly #look: Look
  readonly #every: number
  readonly #remembered = new Map<string, string>()

  /** `every`: milliseconds between two looks. */
  constructor(look: Look, every: number) {
    this.#look = look
    this.#every = every
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    try {
      let mark = await intake.position()
      while (!signal.aborted) {
        for await (const found of this.#look(mark, signal)) {
          if (!(await this.#accept(found, intake, mark, signal))) return
          mark = found.mark ?? mark
        }
        await pause(this.#every, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async *peek(signal: AbortSignal): AsyncGenerator<readonly Delivery[]> {
    const shown = new Set<string>()
    for await (const { deliveries } of this.#look(undefined, signal)) {
      // Pages may overlap.
      yield deliveries.filter(({ id }) => !shown.has(id))
      for (const { id } of deliveries) if (shown.size < mostRemembered) shown.add(id)
    }
  }

  /** Hands over what is not remembered; false if it was given up. */
  async #accept(
    { deliveries, mark }: Found,
    intake: Intake,
    last: Position | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const prints = new Map(deliveries.map(each => [each, fingerprint(each)]))
    const fresh = deliveries.filter(each => this.#remembered.get(each.id) !== prints.get(each))
    const moved = mark !== undefined && JSON.stringify(mark) !== JSON.stringify(last)
    if (fresh.length > 0 || moved) {
      const options = mark === undefined ? {} : { position: mark }
      if (!(await acceptPatiently(intake, fresh, options, signal))) return false
    }
    for (const each of fresh) this.#remember(each.id, prints.get(each) ?? '')
    return !signal.aborted
  }

  #remember(id: string, print: string): void {
    this.#remembered.set(id, print)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > mostRemembered && oldest !== undefined) this.#remembered.delete(oldest)
  }
}

/** Equal for deliveries that say the same. */
export function fingerprint({ data, body }: Delivery): string {
  return hash('sha1', body ?? JSON.stringify(data) ?? '', 'base64')
}
