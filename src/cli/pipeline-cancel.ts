import { runDecisionCommand } from './shared/run-decision.ts'

export const pipelineCancelCommand = runDecisionCommand({
  do: 'cancel',
  summary: 'end a run that is under way or has failed',
  more: 'Nothing of it is published. The next run reads what it would have read.',
  result: 'is cancelled',
})
