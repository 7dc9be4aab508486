import type { EngineEvent } from '../../../engine/events.ts'
import type { StoreReader } from '../../../store/store.ts'
import { messageName } from '../operations.ts'
import type { MessageRef } from '../schemas.ts'
import type { ItemOutcome } from './batch-schemas.ts'

export interface End {
  readonly outcome: ItemOutcome
  readonly code?: string | undefined
}

/** Waits for the ends of messages that were let run. */
export class Following {
  readonly #waiting = new Map<string, (end: End) => void>()

  readonly watch = (event: EngineEvent): void => {
    if (this.#waiting.size === 0) return
    if (event.type === 'ended') this.#over(event, { outcome: event.outcome })
    if (event.type !== 'setback') return
    if (event.fate === 'park') this.#over(event, { outcome: 'parked', code: event.code })
    if (event.fate === 'doubt') this.#over(event, { outcome: 'doubt', code: event.code })
  }

  /** Begins to listen at once. The end of a message, or `trying` when it has none within `patience` milliseconds. */
  follow(message: MessageRef, patience: number): { readonly end: Promise<End>; forget(): void } {
    const name = messageName(message)
    const { promise, resolve } = Promise.withResolvers<End>()
    const timer = setTimeout(() => resolve({ outcome: 'trying' }), patience)
    timer.unref()
    const forget = () => {
      clearTimeout(timer)
      if (this.#waiting.get(name) === resolve) this.#waiting.delete(name)
    }
    this.#waiting.set(name, resolve)
    return { end: promise.finally(forget), forget }
  }

  #over(message: MessageRef, end: End): void {
    this.#waiting.get(messageName(message))?.(end)
  }
}

/** How a message stands by the store: undefined while it is on its way. */
export async function endOf(reader: StoreReader, { flow, seq }: MessageRef): Promise<End | undefined> {
  const [settled] = await reader.settled({ flow, from: seq, to: seq })
  if (settled) return { outcome: settled.outcome }
  const [row] = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
  if (row?.seq !== seq || (row.status !== 'parked' && row.status !== 'doubt')) return undefined
  return { outcome: row.status, code: row.error?.code }
}
