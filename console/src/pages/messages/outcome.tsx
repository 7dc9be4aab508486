import type { AnswerOf } from '../../../../src/client/answers.ts'
import { useText } from '../../i18n/text.ts'
import { type StateName, Status } from '../../kit/status.tsx'
import { messagesText } from './text.ts'

export type Outcome = AnswerOf<'/api/v1/search'>['found'][number]['state']

const looks: Readonly<Record<Outcome, StateName>> = {
  ended: 'delivered',
  discarded: 'discarded',
  'under way': 'running',
  failed: 'parked',
}

/** How a business key stands, over all its messages. */
export function OutcomeStatus({ outcome }: { readonly outcome: Outcome }) {
  const t = useText(messagesText)
  return <Status state={looks[outcome]}>{t.outcomes[outcome]}</Status>
}
