import { decisionCommand } from './shared/decision-command.ts'

export const parkedRetryCommand = decisionCommand({
  do: 'retry',
  summary: 'let messages run again',
  result: 'will run again',
  more:
    'Effects that have happened are not repeated. One in doubt is sent again: say so only if it did not happen.\n' +
    'By a filter only parked messages are meant, unless --in-doubt asks for the others.',
})
