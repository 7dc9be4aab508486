import type { SagaDefinition } from '../flow/saga/stage.ts'
import { allStages, type CalledChannel, type Stage } from '../flow/saga/stage.ts'
import type { Model } from '../model/model.ts'
import { plainPath } from './shape.ts'

/** Where the personal data of a saga's stage are, as its models classify them. */
export interface PersonalStage {
  readonly request: readonly string[]
  readonly undoRequest: readonly string[]
  readonly result: readonly string[]
}

export function personalStage(stage: Stage): PersonalStage {
  if (stage.kind === 'step')
    return {
      request: pathsOf(stage.channel.model),
      undoRequest: stage.undo ? pathsOf(stage.undo.channel.model) : [],
      result: answerPaths(stage.channel),
    }
  const none = { request: [], undoRequest: [], result: [] }
  if (stage.kind === 'wait') return { ...none, result: pathsOf(stage.event.model) }
  if (stage.kind === 'child')
    return { ...none, request: pathsOf(stage.saga.model), result: childPaths(stage.saga) }
  return none
}

/** Of what starts it. */
export function personalInput({ model }: SagaDefinition): readonly string[] {
  return pathsOf(model)
}

/** Do fields that models classify as personal go through the saga? */
export function hasPersonalSaga(definition: SagaDefinition): boolean {
  if (personalInput(definition).length > 0) return true
  return [...allStages(definition.stages)].some(stage => {
    const { request, undoRequest, result } = personalStage(stage)
    return request.length + undoRequest.length + result.length > 0
  })
}

export function hasPersonalSagaKey({ model }: SagaDefinition): boolean {
  return model.key !== undefined && model.pii.includes(model.key)
}

/** A child comes to what each of its stages came to. */
function childPaths({ stages }: SagaDefinition): string[] {
  return [...allStages(stages)].flatMap(stage =>
    personalStage(stage).result.map(path => `${stage.id}.${path}`),
  )
}

function answerPaths(channel: CalledChannel): readonly string[] {
  return 'answer' in channel ? pathsOf(channel.answer) : []
}

function pathsOf({ pii }: Model<unknown>): readonly string[] {
  return pii.map(plainPath)
}
