import type { Recorded } from '../../../engine/saga/saga-fact.ts'
import { readFact } from '../../../engine/saga/saga-log.ts'
import { foldSaga, type SagaState } from '../../../engine/saga/saga-state.ts'
import type { SagaDefinition } from '../../../flow/saga/stage.ts'
import type { MemoryState } from '../../../store/memory/memory-state.ts'
import type { StreamEvent, StreamHead } from '../../../store/streams.ts'

/** What the store holds of one saga. */
export interface SagaLog {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly head: StreamHead
  readonly log: readonly (Recorded & { readonly position: number })[]
  readonly state: SagaState
  /** As it was when the saga began. */
  readonly definition: SagaDefinition
}

/** Every saga of the store, in the order in which they began. */
export function sagaLogs(state: MemoryState, definitions: readonly SagaDefinition[]): SagaLog[] {
  return [...state.streams.values()]
    .filter(({ head }) => head.kind.startsWith('saga/'))
    .map(({ head, events }) => {
      const log = events.map(event => ({ ...readFact(event), position: event.position }))
      const folded = foldSaga(log) as SagaState
      const name = head.kind.slice('saga/'.length)
      const { version } = folded.started.definition
      const definition = definitions.find(
        each => each.name === name && each.version === version,
      ) as SagaDefinition
      return { id: `${name}/${head.key}`, name, key: head.key, head, log, state: folded, definition }
    })
}

/** What is kept of the events for sagas, by name and key. */
export function eventsKept(state: MemoryState): ReadonlyMap<string, readonly StreamEvent[]> {
  const kept = new Map<string, readonly StreamEvent[]>()
  for (const { head, events } of state.streams.values())
    if (head.kind.startsWith('saga-event/'))
      kept.set(`${head.kind.slice('saga-event/'.length)}/${head.key}`, events)
  return kept
}
