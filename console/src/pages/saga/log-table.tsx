import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import type { Saga } from './lanes.ts'
import { sagaText } from './text.ts'

type Entry = Saga['timeline'][number]

/** Everything that happened, in words. */
export function LogTable({ saga, now }: { readonly saga: Saga; readonly now: number }) {
  const t = useText(sagaText)
  const words = useText(common)
  const format = useFormat()
  return (
    <Panel title={t.log} flush>
      <Scroll label={t.log}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.time}</th>
              <th scope="col">{t.step}</th>
              <th scope="col">{t.what}</th>
              <th scope="col">{words.reason}</th>
              <th scope="col">{t.who}</th>
            </tr>
          </thead>
          <tbody>
            {saga.timeline.map(entry => (
              <tr key={entry.n}>
                <td className="numbers nowrap" title={format.full(entry.at)}>
                  {format.time(entry.at, now)}
                </td>
                <td>{entry.doing === 'undo' ? `↶ ${entry.step ?? ''}` : entry.step}</td>
                <td>
                  {factOf(t.facts, entry)}
                  {entry.data !== undefined && <code className="block">{JSON.stringify(entry.data)}</code>}
                </td>
                <td>
                  {[entry.code, entry.reason, entry.for, entry.why]
                    .filter(part => part !== undefined)
                    .join(' · ')}
                  {entry.unsure && <span className="status warn">{t.unsure}</span>}
                </td>
                <td>{entry.by}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}

function factOf(facts: Readonly<Record<string, string>>, { what, how, attempts = 0 }: Entry): string {
  const said = how === undefined ? '' : `: ${how}`
  return `${facts[what] ?? what}${said}${attempts > 1 ? ` ×${attempts}` : ''}`
}
