import { useText } from '../../i18n/text.ts'
import { Code } from './code.tsx'
import { traceText } from './text.ts'
import { type HopStep, place, shown } from './trace.ts'

/** The functions of a step as they are written, with what they were given and what they gave. */
export function RulesView({ step }: { readonly step: HopStep }) {
  const t = useText(traceText)
  const ruled = step.changes.filter(({ why }) => why.rules.length > 0)
  if (ruled.length === 0) return <p className="muted">{t.nothingChanged}</p>
  return (
    <ul className="stack">
      {ruled.map(({ field, why, after }) => (
        <li key={field} className="stack tight">
          <span className="row">
            <strong className="mono" translate="no">
              {field}
            </strong>
            <span className="muted">{t.rules[why.by]}</span>
            <span className="muted" translate="no">
              {place(why.rules[0] ?? {})}
            </span>
          </span>
          {why.rules.map((rule, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules stand in their order
            <Code key={n} label={field}>
              {rule.name ? `${rule.name}\n${rule.text}` : rule.text}
            </Code>
          ))}
          <span className="muted mono" translate="no">
            {`${why.sources.map(({ field: source, value }) => `${source} = ${shown(value, 60)}`).join(', ')} → ${shown(after, 60)}`}
          </span>
        </li>
      ))}
    </ul>
  )
}
