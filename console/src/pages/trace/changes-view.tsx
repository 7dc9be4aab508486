import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { PayloadView } from './payload-view.tsx'
import { traceText } from './text.ts'
import {
  cleanerName,
  type FieldChange,
  type HopStep,
  place,
  shown,
  signs,
  type TraceHop,
  worthFirst,
} from './trace.ts'

/** Each field that the step changed, and by which rule. */
export function ChangesView(props: {
  readonly hop: TraceHop
  readonly step: HopStep
  readonly index: number
}) {
  const { hop, step, index } = props
  const t = useText(traceText)
  const format = useFormat()
  const changed = step.changes.filter(({ kind }) => kind === 'changed' || kind === 'added').length
  const lost = step.changes.filter(({ kind }) => kind === 'removed').length
  return (
    <div className="stack">
      {step.error !== undefined && (
        <p className="status failed" translate="no">
          {step.error}
        </p>
      )}
      {step.warnings?.map(({ rule, reason }) => (
        <p key={rule} className="status warn">
          {t.breaks(rule, reason)}
        </p>
      ))}
      {step.changes.length > 0 ? (
        <>
          <p className="muted">
            {[changed > 0 && t.changed(format.number(changed)), lost > 0 && t.lost(format.number(lost))]
              .filter(Boolean)
              .join(' · ')}
          </p>
          <ChangesTable changes={worthFirst(step.changes)} />
        </>
      ) : (
        <p className="muted">{step.hiddenChange ? t.hidden : t.nothingChanged}</p>
      )}
      <details>
        <summary>{t.wholeData}</summary>
        <div className="sides">
          <PayloadView title={t.before} payload={step.before} hop={hop} index={index} side="before" />
          <PayloadView title={t.after} payload={step.after} hop={hop} index={index} side="after" />
        </div>
      </details>
    </div>
  )
}

function ChangesTable({ changes }: { readonly changes: readonly FieldChange[] }) {
  const t = useText(traceText)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className="scroll" aria-label={t.tabs.changes} tabIndex={0}>
      <table className="table changes">
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden-text">{t.kinds.changed}</span>
            </th>
            <th scope="col">{t.field}</th>
            <th scope="col">{t.before}</th>
            <th scope="col">{t.after}</th>
            <th scope="col">{t.why}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(change => (
            <tr key={`${change.kind} ${change.field}`} className={change.kind}>
              <td>
                <span aria-hidden="true" className="sign mono">
                  {signs[change.kind]}
                </span>
                <span className="hidden-text">{t.kinds[change.kind]}</span>
              </td>
              <td className="mono" translate="no">
                {change.field}
              </td>
              <td className="mono" translate="no">
                {shown(change.before)}
              </td>
              <td className="mono" translate="no">
                {shown(change.after)}
              </td>
              <td>
                <Why change={change} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Why({ change }: { readonly change: FieldChange }) {
  const t = useText(traceText)
  const { by, rules, sources, complete } = change.why
  if (by === 'none') return <span className="muted">{t.noRule}</span>
  return (
    <div className="stack tight">
      {rules.map((rule, n) => {
        const known = rule.name && t.cleaners[cleanerName(rule.name) as keyof typeof t.cleaners]
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules stand in their order
          <span key={n}>
            {known ? `${known} ` : ''}
            <code translate="no">{rule.name ?? firstLine(rule.text)}</code>{' '}
            <span className="muted" translate="no">
              {place(rule)}
            </span>
          </span>
        )
      })}
      {rules.length === 0 && <span>{t.rules[by]}</span>}
      {by === 'map' && sources.length > 0 && (
        <span className="muted">
          {t.from} <code translate="no">{sources.map(({ field }) => field).join(', ')}</code>
        </span>
      )}
      {!complete && <span className="muted">{t.partly}</span>}
    </div>
  )
}

function firstLine(text: string): string {
  const [first = '', ...more] = text.split('\n')
  const line = more.length > 0 ? `${first} …` : first
  return line.length > 90 ? `${line.slice(0, 90)}…` : line
}
