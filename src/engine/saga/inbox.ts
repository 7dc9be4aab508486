import { IsthmusError } from '../../errors.ts'
import type { SagaEvent } from '../../flow/saga/saga-event.ts'
import type { Json } from '../../message/json-value.ts'
import { patiently } from '../host.ts'
import type { Want } from './advance.ts'
import { scopeOf } from './advance.ts'
import { eventStream, eventsOf } from './saga-log.ts'
import type { Outcome } from './saga-run.ts'
import type { SagaState } from './saga-state.ts'
import type { SagasOptions } from './sagas-options.ts'

/** What is kept of an event. */
interface Kept {
  readonly id: string
  readonly data: Json
}

/**
 * Events for sagas, each kept under its name and key, in the order in which they came, until retention: a saga that waits
 * takes the first that it has not taken yet, also if that came before.
 */
export class Inbox {
  readonly #options: SagasOptions
  readonly #wake: (id: string) => void
  /** Which sagas wait, by kind and key of the stream. */
  readonly #waiting = new Map<string, Set<string>>()

  constructor(options: SagasOptions, wake: (id: string) => void) {
    this.#options = options
    this.#wake = wake
  }

  /** The same `id` again is the same event. */
  async receive(event: SagaEvent<unknown>, data: unknown, id: string): Promise<void> {
    const key = event.key(data)
    if (key === '')
      throw new IsthmusError(
        'TARGET-REFUSED',
        `Event ${event.name} has no key, so that no saga can wait for it`,
      )
    const { store, token, host } = this.#options
    const stream = eventStream(event.name, key)
    for (;;) {
      const known = await eventsOf(store.read, stream)
      if (known.some(({ data: kept }) => (kept as unknown as Kept).id === id)) return
      const kept: Kept = { id, data: data as Json }
      const events = [{ type: 'received', data: kept as unknown as Json, at: host.now() }]
      const [appended] = await store.append(
        [{ ...stream, version: known.length, events, state: 'kept', open: false }],
        token,
      )
      if (appended?.status === 'appended') break
    }
    for (const saga of this.#waiting.get(idOf(stream)) ?? []) this.#wake(saga)
  }

  /** The next event that the stage accepts, or nothing: then the saga is woken when one comes. */
  async take(
    saga: string,
    { stage, key }: Extract<Want, { kind: 'event' }>,
    state: SagaState,
  ): Promise<Outcome> {
    const stream = eventStream(stage.event.name, key)
    const waiting = this.#waiting.get(idOf(stream)) ?? new Set()
    this.#waiting.set(idOf(stream), waiting.add(saga))
    const { store, host, onFatal } = this.#options
    const after = state.taken.get(takenKey(stage.event.name, key)) ?? 0
    try {
      const events = await patiently(host, () => eventsOf(store.read, stream, after))
      const scope = scopeOf(state)
      for (const { version, data } of events) {
        const { data: said } = data as unknown as Kept
        if (!stage.accept(said, scope)) continue
        const from = takenKey(stage.event.name, key)
        const fact = { type: 'received', stage: stage.id, from, place: version, data: said } as const
        return now => (isOpen(now, stage.id) ? [fact] : [])
      }
      return undefined
    } catch (error) {
      onFatal(error)
      return new Promise(() => {})
    }
  }

  /** The saga waits for nothing more. */
  forget(saga: string): void {
    for (const [stream, sagas] of this.#waiting)
      if (sagas.delete(saga) && sagas.size === 0) this.#waiting.delete(stream)
  }
}

function isOpen({ stages, turned }: SagaState, stage: string): boolean {
  return !turned && (stages.get(stage)?.do.status ?? 'open') === 'open'
}

function takenKey(event: string, key: string): string {
  return `${event}/${key}`
}

function idOf({ kind, key }: { readonly kind: string; readonly key: string }): string {
  return `${kind}\0${key}`
}
