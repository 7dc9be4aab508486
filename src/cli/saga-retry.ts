import { sagaDecision } from './shared/saga-decision.ts'

export const sagaRetryCommand = sagaDecision({
  do: 'retry',
  parameters: 'SAGA KEY [STEP]',
  summary: 'let a saga try the step again at which it needs a person',
  result: 'tries again',
  more: 'A step that may have happened is sent again under the same effect key: say so if it did not happen.',
})
