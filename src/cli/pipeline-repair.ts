import { runDecisionCommand } from './shared/run-decision.ts'

export const pipelineRepairCommand = runDecisionCommand({
  do: 'repair',
  summary: 'load the rows of a run that were set aside, and what is made of them',
  more: 'Rows that were mended are loaded as they were mended, the others as they came. Those that fail again stay set aside.',
  result: 'loads them',
})
