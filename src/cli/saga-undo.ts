import { sagaDecision } from './shared/saga-decision.ts'

export const sagaUndoCommand = sagaDecision({
  do: 'undo',
  parameters: 'SAGA KEY',
  summary: 'have a saga taken back',
  result: 'is being taken back',
  more: 'Refused behind its pivot. What has happened, and what may have, is taken back, the last first.',
})
