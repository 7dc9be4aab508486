import { decisionCommand } from './shared/decision-command.ts'

export const parkedDiscardCommand = decisionCommand({
  do: 'discard',
  summary: 'end messages without delivering them',
  result: 'end here',
  more: 'The reason (--why) and who decided stay with the message. What its effects have done is not undone.',
})
