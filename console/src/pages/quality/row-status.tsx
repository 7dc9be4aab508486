import { useText } from '../../i18n/text.ts'
import { type StateName, Status } from '../../kit/status.tsx'
import type { RowState } from './causes.ts'
import { qualityText } from './text.ts'

const looks: Readonly<Record<RowState, StateName>> = {
  parked: 'slow',
  fixed: 'waiting',
  repairing: 'running',
  repaired: 'ok',
  discarded: 'discarded',
}

export function RowStatus({ state }: { readonly state: RowState }) {
  const t = useText(qualityText)
  return <Status state={looks[state]}>{t.states[state]}</Status>
}
