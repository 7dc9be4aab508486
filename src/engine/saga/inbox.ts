import { IsthmusError } from '../../errors.ts'
import type { SagaEvent } from '../../flow/saga/saga-event.ts'
import type { Json } from '../../message/json-value.ts'
import { eventsBehind } from '../../store/stream-pages.ts'
import { patiently } from '../host.ts'
import type { Want } from './advance.ts'
import { scopeOf } from './advance.ts'
import { Few } from './few.ts'
import { eventStream } from './saga-log.ts'
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
  readonly #waiting = new Few()
  /** The other way round: for what each saga waits. */
  readonly #streams = new Few()

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
      const known = await Array.fromAsync(eventsBehind(store.read, stream))
      if (known.some(({ data: kept }) => (kept as unknown as Kept).id === id)) return
      const kept: Kept = { id, data: data as Json }
      const events = [{ type: 'received', data: kept as unknown as Json, at: host.now() }]
      const [appended] = await store.append(
        [{ ...stream, version: known.length, events, state: 'kept', open: false }],
        token,
      )
      if (appended?.status === 'appended') break
    }
    for (const saga of this.#waiting.of(idOf(stream))) this.#wake(saga)
  }

  /**
   * The next event that the stage accepts, whenever it came; without one, that the time is over if it is, or nothing: then
   * the saga is woken when one comes.
   */
  async take(
    saga: string,
    { stage, key, left }: Extract<Want, { kind: 'event' }>,
    state: SagaState,
  ): Promise<Outcome> {
    const stream = eventStream(stage.event.name, key)
    this.#waiting.add(idOf(stream), saga)
    this.#streams.add(saga, idOf(stream))
    const { store, host, onFatal } = this.#options
    const from = `${stage.event.name}/${key}`
    const isOver = left() <= 0
    try {
      const events = await patiently(host, () => Array.fromAsync(eventsBehind(store.read, stream)))
      const scope = scopeOf(state)
      for (const { version, data } of events) {
        const { data: said } = data as unknown as Kept
        if (isTaken(state, from, version) || !stage.accept(said, scope)) continue
        const fact = { type: 'received', stage: stage.id, from, place: version, data: said } as const
        return now => (isOpen(now, stage.id) && !isTaken(now, from, version) ? [fact] : [])
      }
      if (!isOver) return undefined
      const { late } = stage
      return now =>
        isOpen(now, stage.id) ? [{ type: 'elapsed', stage: stage.id, late, delay: Math.floor(-left()) }] : []
    } catch (error) {
      onFatal(error)
      return new Promise(() => {})
    }
  }

  /** The saga waits for nothing more. */
  forget(saga: string): void {
    for (const stream of this.#streams.of(saga)) this.#waiting.delete(stream, saga)
    this.#streams.clear(saga)
  }
}

function isOpen({ stages, turned }: SagaState, stage: string): boolean {
  return !turned && (stages.get(stage)?.do.status ?? 'open') === 'open'
}

function isTaken({ taken }: SagaState, from: string, place: number): boolean {
  return taken.get(from)?.includes(place) === true
}

function idOf({ kind, key }: { readonly kind: string; readonly key: string }): string {
  return `${kind}\0${key}`
}
