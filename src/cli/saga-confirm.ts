import { sagaDecision } from './shared/saga-decision.ts'

export const sagaConfirmCommand = sagaDecision({
  do: 'confirm',
  parameters: 'SAGA KEY [STEP]',
  summary: 'say that a step has happened, or was taken back, by hand',
  result: 'goes on behind the step',
  more: 'Steps behind it that need its answer are given that of --result.',
})
