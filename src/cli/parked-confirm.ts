import { decisionCommand } from './shared/decision-command.ts'

export const parkedConfirmCommand = decisionCommand({
  do: 'confirm',
  summary: 'say that effects in doubt have happened',
  result: 'will go on behind the effect in doubt',
  more: 'For messages in doubt: the call was sent, no answer came, and you have found out that it did happen.',
})
