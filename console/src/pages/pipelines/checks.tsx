import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { Status } from '../../kit/status.tsx'
import type { RunDetail } from './runs.ts'
import { pipelinesText } from './text.ts'

type Check = RunDetail['checks'][number]

/** What does not hold first. */
const rank = ({ ok, severity }: Check) => (ok ? 2 : severity === 'stop' ? 0 : 1)

export function Checks({ detail: { run, checks } }: { readonly detail: RunDetail }) {
  const t = useText(pipelinesText)
  const words = useText(common)
  const titles = [words.state, t.check, t.table, t.severity, t.found]
  return (
    <Panel title={t.checks} flush={checks.length > 0}>
      {checks.length === 0 && (
        <Status state="waiting">{run.status === 'published' ? t.noChecks : t.notChecked}</Status>
      )}
      {checks.length > 0 && (
        <Scroll label={t.checks}>
          <table className="table">
            <thead>
              <tr>
                {titles.map(title => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...checks]
                .sort((a, b) => rank(a) - rank(b))
                .map(check => (
                  <Row key={`${check.table} ${check.check}`} check={check} />
                ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  )
}

function Row({ check: { table, check, severity, ok, found, examples } }: { readonly check: Check }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  return (
    <tr>
      <td>
        <CheckStatus ok={ok} severity={severity} />
      </td>
      <td translate="no">{check}</td>
      <td className="mono">{table}</td>
      <td className="muted">{t.severities[severity]}</td>
      <td>
        <div className="stack tight">
          <span translate="no">{found}</span>
          {!ok && examples.length > 0 && (
            <details>
              <summary>{t.examples(format.number(examples.length))}</summary>
              <pre>{examples.map(each => JSON.stringify(each)).join('\n')}</pre>
            </details>
          )}
        </div>
      </td>
    </tr>
  )
}

export function CheckStatus({ ok, severity }: Pick<Check, 'ok' | 'severity'>) {
  const t = useText(pipelinesText)
  if (ok) return <Status state="ok">{t.holds}</Status>
  return severity === 'stop' ? (
    <Status state="down">{t.holdsNot}</Status>
  ) : (
    <Status state="slow">{t.warns}</Status>
  )
}
