import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { type ListColumn, ListTable } from '../../app/list-table.tsx'
import { Views } from '../../app/views.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { type FlowRow, flowRows, stateOf } from './flows.ts'
import { flowsText } from './text.ts'

/** How does each flow do? What needs somebody comes first. */
export function FlowsPage() {
  const t = useText(flowsText)
  const columns = useColumns()
  const query = useQuery({
    queryKey: ['flows', 'landscape'],
    queryFn: ({ signal }) => get('/api/v1/landscape/state', { signal }),
    refetchInterval: 5000,
  })
  const rows = query.data && flowRows(query.data)
  const wrong = rows?.filter(row => row.state !== 'ok').length ?? 0
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {rows && rows.length > 0 && wrong === 0 && <Status state="ok">{t.allWell}</Status>}
          {wrong > 0 && <Status state="degraded">{t.wrong(wrong)}</Status>}
        </div>
        <Views place="flows" columns={columns} />
      </header>
      <Asked query={query}>
        {state => {
          const shown = flowRows(state)
          return shown.length === 0 ? <Empty>{t.empty}</Empty> : <Rows rows={shown} columns={columns} />
        }}
      </Asked>
    </div>
  )
}

function useColumns(): readonly ListColumn[] {
  const t = useText(flowsText)
  const words = useText(common)
  return [
    { id: 'state', title: words.state },
    { id: 'flow', title: words.flow },
    { id: 'version', title: t.version, isNumber: true },
    { id: 'rate', title: t.rate, isNumber: true },
    { id: 'latency', title: t.latency, isNumber: true },
    { id: 'waiting', title: t.waiting, isNumber: true },
    { id: 'parked', title: t.parked, isNumber: true },
    { id: 'doubt', title: t.inDoubt, isNumber: true },
    { id: 'oldest', title: t.oldest },
  ]
}

function Rows({
  rows,
  columns,
}: {
  readonly rows: readonly FlowRow[]
  readonly columns: readonly ListColumn[]
}) {
  const t = useText(flowsText)
  return (
    <Panel title={t.title} flush>
      <div className="scroll">
        <ListTable columns={columns}>
          <tbody>
            {rows.map(row => (
              <Row key={row.flow} row={row} />
            ))}
          </tbody>
        </ListTable>
      </div>
    </Panel>
  )
}

function Row({ row }: { readonly row: FlowRow }) {
  const format = useFormat()
  const now = useNow()
  const { env = '' } = useParams({ strict: false })
  const { flow, state, version, perSecond, p95, backlog, parked, inDoubt, oldest } = row
  return (
    <tr>
      <td>
        <Status state={stateOf(state)} />
      </td>
      <td>
        <Link to={`/${env}/flows/${flow}` as never}>{flow}</Link>
      </td>
      <td className="number">{version === undefined ? '' : `v${version}`}</td>
      <td className="number">{format.perSecond(perSecond)}</td>
      <td className="number">{p95 === undefined ? '' : format.duration(p95)}</td>
      <td className="number">{format.number(backlog)}</td>
      <td className={parked > 0 ? 'number strong' : 'number muted'}>{format.number(parked)}</td>
      <td className={inDoubt > 0 ? 'number strong' : 'number muted'}>{format.number(inDoubt)}</td>
      <td>{oldest !== undefined && <Time at={oldest} now={now} />}</td>
    </tr>
  )
}
