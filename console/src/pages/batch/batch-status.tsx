import type { AnswerOf } from '../../../../src/client/answers.ts'
import { useText } from '../../i18n/text.ts'
import { type StateName, Status } from '../../kit/status.tsx'
import { batchText } from './text.ts'

export type Batch = AnswerOf<'/api/v1/batches/{batch}'>

const looks: Readonly<Record<Batch['state'], StateName>> = {
  running: 'running',
  waiting: 'waiting',
  paused: 'paused',
  stopped: 'down',
  ended: 'completed',
  aborted: 'discarded',
}

export function BatchStatus({ batch }: { readonly batch: Pick<Batch, 'state'> }) {
  const t = useText(batchText)
  return <Status state={looks[batch.state]}>{t.states[batch.state]}</Status>
}
