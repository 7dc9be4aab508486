import { useText } from '../../i18n/text.ts'
import { Facts } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { PayloadView } from './payload-view.tsx'
import { traceText } from './text.ts'
import type { HopStep, TraceHop } from './trace.ts'

const looks = { done: 'delivered', doubt: 'doubt', failed: 'degraded', open: 'waiting' } as const

/** Whom the step called, what was sent and what was answered. */
export function CallView({
  hop,
  step,
  index,
}: {
  readonly hop: TraceHop
  readonly step: HopStep
  readonly index: number
}) {
  const t = useText(traceText)
  const { call } = step
  if (!call) return <p className="muted">{t.noCall}</p>
  return (
    <div className="stack">
      <Facts
        facts={[
          [
            t.channel,
            <span key="channel" className="mono" translate="no">
              {call.channel}
            </span>,
          ],
          [
            t.callState,
            <Status key="state" state={looks[call.state]}>
              {t.callStates[call.state]}
            </Status>,
          ],
          [
            t.effectKey,
            <span key="key" className="mono" translate="no">
              {call.effectKey}
            </span>,
          ],
          hop.error?.status !== undefined &&
            hop.error.step === step.step && [
              t.httpStatus,
              <code key="status" className="status failed">
                {hop.error.status}
              </code>,
            ],
          step.error !== undefined && [
            t.lastError,
            <span key="error" translate="no">
              {step.error}
            </span>,
          ],
        ]}
      />
      <div className="sides">
        <PayloadView title={t.request} payload={call.request} hop={hop} index={index} side="request" />
        <PayloadView title={t.answer} payload={call.answer} hop={hop} index={index} side="answer" />
      </div>
    </div>
  )
}
