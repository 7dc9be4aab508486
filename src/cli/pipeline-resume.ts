import { runDecisionCommand } from './shared/run-decision.ts'

export const pipelineResumeCommand = runDecisionCommand({
  do: 'resume',
  summary: 'let a run go on from the task that failed',
  more: 'What was loaded before is used, as far as nothing has changed of how it is made.',
  result: 'goes on',
})
