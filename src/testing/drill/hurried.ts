import type { SagaDefinition, Stage } from '../../flow/saga/stage.ts'

/** A minute is as long as a month where time is virtual, but for the timers of the engine, of which a month has too many. */
const longest = 60_000

/** The same saga with no wait longer than a minute. */
export function hurried(saga: SagaDefinition): SagaDefinition {
  return { ...saga, stages: saga.stages.map(hurriedStage) }
}

function hurriedStage(stage: Stage): Stage {
  switch (stage.kind) {
    case 'wait':
    case 'decide':
    case 'lock':
      return { ...stage, within: stage.within === undefined ? undefined : Math.min(stage.within, longest) }
    case 'delay':
      return { ...stage, length: scope => Math.min(stage.length(scope), longest) }
    case 'when':
      return { ...stage, stages: stage.stages.map(hurriedStage) }
    case 'together':
      return {
        ...stage,
        branches: stage.branches.map(({ name, stages }) => ({ name, stages: stages.map(hurriedStage) })),
      }
    case 'child':
      return { ...stage, saga: hurried(stage.saga) }
    default:
      return stage
  }
}
