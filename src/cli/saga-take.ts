import { sagaDecision } from './shared/saga-decision.ts'

export const sagaTakeCommand = sagaDecision({
  do: 'take',
  parameters: 'SAGA KEY',
  summary: 'say that you work on a saga',
  result: 'is yours',
  more: 'While somebody has it, others decide about it only after taking it over themselves.',
})
