import { sagaDecision } from './shared/saga-decision.ts'

export const sagaRetryCommand = sagaDecision({
  do: 'retry',
  parameters: 'SAGA KEY [STEP]',
  summary: 'let a saga try the step again at which it needs a person',
  result: 'tries again',
  more:
    'A step that may have happened is sent again under the same effect key: say so if it did not happen.\n' +
    'One that met a change (TARGET-CHANGED) reads again first, and is sent under another one: only if it did not happen.',
})
