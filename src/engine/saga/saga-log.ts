import { hash } from 'node:crypto'
import type { SagaDefinition, Stage } from '../../flow/saga/stage.ts'
import type { Json } from '../../message/json-value.ts'
import type { StoreReader } from '../../store/store.ts'
import { eventsBehind } from '../../store/stream-pages.ts'
import type { NewEvent, StreamEvent, StreamName } from '../../store/streams.ts'
import type { Recorded, SagaFact } from './saga-fact.ts'
import type { SagaState } from './saga-state.ts'

/** Where the log of a saga stands. */
export function sagaStream(name: string, key: string): StreamName {
  return { kind: `saga/${name}`, key }
}

/** Where the events of one key stand. */
export function eventStream(name: string, key: string): StreamName {
  return { kind: `saga-event/${name}`, key }
}

export function writtenFact({ type, ...data }: SagaFact, at: number): NewEvent {
  return { type, data: data as unknown as Json, at }
}

export function readFact({ type, data, at, version }: StreamEvent): Recorded {
  return { fact: { type, ...(data as object) } as SagaFact, at, version }
}

export async function readSagaLog(
  reader: Pick<StoreReader, 'streams'>,
  name: string,
  key: string,
): Promise<Recorded[]> {
  return await Array.fromAsync(eventsBehind(reader, sagaStream(name, key)), readFact)
}

/** In one word what a saga is, by which it is found. */
export type SagaStatus =
  | 'running'
  | 'waiting'
  | 'compensating'
  | 'paused'
  | 'needs person'
  | 'completed'
  | 'compensated'

export function statusOf(state: SagaState): SagaStatus {
  if (state.ended) return state.ended
  const stages = [...state.stages.values()]
  const stuck = stages.some(({ do: done, undo }) =>
    state.turned ? undo.status === 'stuck' : done.status === 'stuck',
  )
  if (stuck) return 'needs person'
  if (state.paused) return 'paused'
  if (state.turned) return 'compensating'
  return stages.some(({ waiting, do: done }) => waiting && done.status === 'open') ? 'waiting' : 'running'
}

/**
 * What must be the same for a saga to go on with a definition: the stages, their order, and the names of the channels they
 * call. The code of functions cannot be compared.
 */
export function shapeOf(definition: SagaDefinition): string {
  const known = shapes.get(definition)
  if (known !== undefined) return known
  const described = JSON.stringify(definition.stages.map(shapeOfStage))
  const shape = hash('sha256', described, 'base64url').slice(0, 22)
  shapes.set(definition, shape)
  return shape
}

const shapes = new WeakMap<SagaDefinition, string>()

/** The definition with which a saga goes on: as it was when the saga began. Undefined if there is none any more. */
export function definitionFor(
  definitions: readonly SagaDefinition[],
  name: string,
  { started }: SagaState,
): SagaDefinition | undefined {
  const { version, shape } = started.definition
  return definitions
    .filter(each => each.name === name)
    .flatMap(definition => [definition, ...definition.earlier])
    .find(each => each.version === version && shapeOf(each) === shape)
}

/** Why a saga whose definition is gone goes no further. */
export function heldReason({ started }: SagaState): string {
  return `it began as version ${started.definition.version}, which this landscape does not have as it was then: declare it with "earlier"`
}

/** Why a saga needs a person: the first step that goes no further. */
export function needOf(state: SagaState): string | undefined {
  const doing = state.turned ? 'undo' : 'do'
  for (const [id, stage] of state.stages)
    if (stage[doing].status === 'stuck') {
      const { code = '', reason = '' } = stage[doing].error ?? {}
      return `${doing === 'undo' ? `taking back ${id}` : id}: ${code} ${reason}`
    }
  return undefined
}

function shapeOfStage(stage: Stage): unknown {
  const { kind, id } = stage
  if (stage.kind === 'step') return [kind, id, stage.channel.name, stage.isPivot, stage.undo?.channel.name]
  if (stage.kind === 'when') return [kind, id, stage.stages.map(shapeOfStage)]
  if (stage.kind === 'together')
    return [kind, id, stage.branches.map(({ name, stages }) => [name, stages.map(shapeOfStage)])]
  if (stage.kind === 'child') return [kind, id, stage.saga.name]
  if (stage.kind === 'wait') return [kind, id, stage.event.name]
  return [kind, id]
}
