import { sagaDecision } from './shared/saga-decision.ts'

export const sagaDecideCommand = sagaDecision({
  do: 'decide',
  parameters: 'SAGA KEY STEP CHOICE',
  summary: 'answer the question of a saga',
  result: 'goes on with your decision',
})
