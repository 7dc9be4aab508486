import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { useNow } from '../../kit/time.tsx'
import { failuresText } from './text.ts'
import type { Report } from './types.ts'

export function FlowTable({ report, onOpen }: { readonly report: Report; onOpen(flow: string): void }) {
  const t = useText(failuresText)
  const words = useText(common)
  const format = useFormat()
  const now = useNow()
  return (
    <Panel title={t.flowCount} flush>
      <Scroll label={t.flowCount}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.flow}</th>
              <th scope="col" className="number">
                {t.count}
              </th>
              <th scope="col" className="number">
                {t.parked}
              </th>
              <th scope="col" className="number">
                {t.doubt}
              </th>
              <th scope="col" className="number">
                {t.groups}
              </th>
              <th scope="col">{t.firstLast}</th>
            </tr>
          </thead>
          <tbody>
            {report.flows.map(each => (
              <tr key={each.flow}>
                <td>
                  <button type="button" className="link" onClick={() => onOpen(each.flow)}>
                    {each.flow}
                  </button>
                </td>
                <td className="number strong">{format.number(each.count)}</td>
                <td className="number">{format.number(each.parked)}</td>
                <td className="number">{format.number(each.doubt)}</td>
                <td className="number">{format.number(each.groups)}</td>
                <td className="numbers">{`${format.time(each.first, now)} – ${format.time(each.last, now)}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}
