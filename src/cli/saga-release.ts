import { sagaDecision } from './shared/saga-decision.ts'

export const sagaReleaseCommand = sagaDecision({
  do: 'release',
  parameters: 'SAGA KEY',
  summary: 'say that you work on a saga no more',
  result: "is nobody's",
})
