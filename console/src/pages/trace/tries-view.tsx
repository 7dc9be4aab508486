import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Facts } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { traceText } from './text.ts'
import type { Hop, TraceHop } from './trace.ts'

/** How often it was tried, when it is tried next, and who decided what about it. */
export function TriesView({ hop, message }: { readonly hop: TraceHop; readonly message: Hop['message'] }) {
  const t = useText(traceText)
  const format = useFormat()
  const now = useNow(5000)
  const { crashes = 0, decisions = [], id = hop.id, source } = message ?? {}
  return (
    <div className="stack">
      <Facts
        facts={[
          [t.triedTimes, format.number(hop.attempts)],
          [t.acceptedAt, <Time key="accepted" at={hop.acceptedAt} now={now} />],
          hop.endedAt !== undefined && [t.endedAt, <Time key="ended" at={hop.endedAt} now={now} />],
          hop.due !== undefined && [t.due, <Time key="due" at={hop.due} now={now} />],
          crashes > 0 && [t.crashes, format.number(crashes)],
          hop.error && [
            t.lastError,
            <span key="error">
              <code>{hop.error.code}</code> <span translate="no">{hop.error.reason}</span>
            </span>,
          ],
          hop.error?.step !== undefined && [
            t.step,
            <span key="step" className="mono" translate="no">
              {hop.error.step}
            </span>,
          ],
          hop.note !== undefined && [
            t.note,
            <span key="note" translate="no">
              {hop.note}
            </span>,
          ],
          [
            t.id,
            <span key="id" className="mono" translate="no">
              {id}
            </span>,
          ],
          source !== undefined && [
            t.source,
            <span key="source" className="mono" translate="no">
              {source}
            </span>,
          ],
        ]}
      />
      {decisions.length > 0 && (
        <>
          <h3>{t.decisions}</h3>
          <ul className="stack tight">
            {decisions.map(({ do: what, by, at, why }) => (
              <li key={at} className="row">
                <Time at={at} now={now} />
                <span>{t.decided(what, by)}</span>
                {why !== undefined && (
                  <span className="muted" translate="no">
                    {why}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
