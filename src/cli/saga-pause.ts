import { sagaDecision } from './shared/saga-decision.ts'

export const sagaPauseCommand = sagaDecision({
  do: 'pause',
  parameters: 'SAGA KEY',
  summary: 'let a saga begin nothing new',
  result: 'is paused',
  more: 'What runs ends and is recorded; its times go on, and what was due meanwhile follows at once when it continues.',
})
