import { IsthmusError } from '../../errors.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import type { Json } from '../../message/json-value.ts'
import { patiently } from '../host.ts'
import type { Want } from './advance.ts'
import { scopeOf } from './advance.ts'
import { failure, isPivotDone, sagaEffectKey } from './perform.ts'
import type { SagaFact } from './saga-fact.ts'
import { readSagaLog } from './saga-log.ts'
import type { Outcome, SagaRun } from './saga-run.ts'
import { foldSaga, type SagaState } from './saga-state.ts'
import type { SagasOptions, Start } from './sagas-options.ts'

/** What a saga needs of the others. */
interface Sagas {
  readonly options: SagasOptions
  begin(definition: SagaDefinition, start: Start): Promise<string>
  reopen(name: string, key: string): Promise<SagaRun | 'never begun' | 'held'>
  forget(run: SagaRun): void
}

type Child = Extract<Want, { kind: 'child' }>

/** Begins a child, or takes up what it came to; while it is under way, its end wakes its parent. */
export async function joinChild(sagas: Sagas, run: SagaRun, want: Child, state: SagaState): Promise<Outcome> {
  const { stage, input } = want
  const { definition, key } = run
  const { landscape, host } = sagas.options
  try {
    const child = await sagas.begin(stage.saga, {
      input,
      startId: sagaEffectKey(landscape, definition.name, state.started.startId, stage.id),
      cause: state.started.cause,
      parent: { saga: definition.name, key, stage: stage.id },
    })
    const found = await stateOf(sagas, stage.saga, child)
    if (found?.ended === 'completed') {
      const { input: _, ...results } = scopeOf(found)
      return () => [{ type: 'joined', stage: stage.id, results: results as Json }]
    }
    if (found?.ended === 'compensated') {
      const reason = `saga ${stage.saga.name}/${child} was taken back: ${found.turned?.reason}`
      const fact = { stage: stage.id, attempts: 1, unsure: false, code: 'SAGA-TURNED', reason } as const
      return now => [
        {
          ...fact,
          ...(isPivotDone(definition.stages, now) ? { type: 'stuck', doing: 'do' } : { type: 'failed' }),
        },
      ]
    }
    const waiting = { type: 'waiting', stage: stage.id, what: `saga ${stage.saga.name}/${child}` } as const
    return state.stages.get(stage.id)?.waiting ? undefined : () => [waiting]
  } catch (thrown) {
    const error = thrown instanceof IsthmusError ? thrown : new IsthmusError('STEP-FAILED', String(thrown))
    return now => [failure(definition, now, stage, 'do', 1, error, host)]
  }
}

/** Has a child taken back, and waits for that. One that has never begun, or is another saga's, is let be. */
export async function recallChild(
  sagas: Sagas,
  run: SagaRun,
  want: Child,
  state: SagaState,
): Promise<Outcome> {
  const { stage, input } = want
  const done: SagaFact = { type: 'done', stage: stage.id, doing: 'undo', attempts: 1, result: null }
  const child = await sagas.reopen(stage.saga.name, stage.saga.key(input))
  if (child === 'never begun') return () => [done]
  if (child === 'held') return undefined
  const { definition, key } = run
  let isOwn = true
  const found = await child.tell(now => {
    const { parent } = now.started
    isOwn = parent?.saga === definition.name && parent.key === key && parent.stage === stage.id
    if (!isOwn || now.turned) return []
    return [
      {
        type: 'turned',
        reason: `its parent ${run.id} was taken back: ${state.turned?.reason}`,
        running: child.forward,
      },
    ]
  })
  if (found.ended) sagas.forget(child)
  return found.ended === 'compensated' || !isOwn ? () => [done] : undefined
}

/** Never fails: who has begun a child must not take it for not begun because the store cannot be read now. */
async function stateOf(
  { options: { store, host, onFatal } }: Sagas,
  definition: SagaDefinition,
  key: string,
): Promise<SagaState | undefined> {
  try {
    return foldSaga(await patiently(host, () => readSagaLog(store.read, definition.name, key)))
  } catch (error) {
    onFatal(error)
    return new Promise(() => {})
  }
}
