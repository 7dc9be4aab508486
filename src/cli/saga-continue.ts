import { sagaDecision } from './shared/saga-decision.ts'

export const sagaContinueCommand = sagaDecision({
  do: 'continue',
  parameters: 'SAGA KEY',
  summary: 'let a saga that is paused go on',
  result: 'goes on',
})
