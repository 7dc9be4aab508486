import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Status } from '../../kit/status.tsx'
import type { Alert } from './alerts.ts'
import { alertsText } from './text.ts'

/** Severity as colour, shape and word. */
export function AlertStatus({
  alert: { status, severity },
}: {
  readonly alert: Pick<Alert, 'status' | 'severity'>
}) {
  const t = useText(alertsText)
  if (status === 'resolved') return <Status state="ok">{t.over}</Status>
  if (status === 'pending') return <Status state="waiting">{t.pending}</Status>
  const state = severity === 'critical' ? 'down' : severity === 'warning' ? 'degraded' : 'running'
  return <Status state={state}>{t.severities[severity]}</Status>
}

/** Who has it, or why nobody is told. */
export function WhoHas({ alert, now }: { readonly alert: Alert; readonly now: number }) {
  const t = useText(alertsText)
  const format = useFormat()
  const { acknowledged, silenced } = alert
  if (silenced) return <span>{t.silentUntil(format.time(silenced.until, now), silenced.by)}</span>
  if (acknowledged) return <span title={acknowledged.why}>{t.has(acknowledged.by)}</span>
  return <span className="muted">{t.nobody}</span>
}
