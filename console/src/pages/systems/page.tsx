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
import { byNeed, type LandscapeState, stateOf } from '../flows/flows.ts'
import { flowsText } from '../flows/text.ts'

/** Does each system answer? What needs somebody comes first. */
export function SystemsPage() {
  const t = useText(flowsText)
  const columns = useColumns()
  const query = useQuery({
    queryKey: ['flows', 'landscape'],
    queryFn: ({ signal }) => get('/api/v1/landscape/state', { signal }),
    refetchInterval: 5000,
  })
  const systems = query.data && systemsOf(query.data)
  const wrong = systems?.filter(({ state }) => state !== 'ok').length ?? 0
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1>{t.systems}</h1>
          {systems && systems.length > 0 && wrong === 0 && <Status state="ok">{t.allReach}</Status>}
          {wrong > 0 && <Status state="degraded">{t.wrong(wrong)}</Status>}
        </div>
        <Views place="systems" columns={columns} />
      </header>
      <Asked query={query}>
        {state => {
          const shown = systemsOf(state)
          return shown.length === 0 ? (
            <Empty>{t.noSystems}</Empty>
          ) : (
            <Rows systems={shown} columns={columns} />
          )
        }}
      </Asked>
    </div>
  )
}

function systemsOf({ islands }: LandscapeState): LandscapeState['islands'] {
  return islands.filter(({ own }) => !own).sort(byNeed(({ system }) => system))
}

function useColumns(): readonly ListColumn[] {
  const t = useText(flowsText)
  const words = useText(common)
  return [
    { id: 'state', title: words.state },
    { id: 'system', title: words.system },
    { id: 'kind', title: t.kind },
    { id: 'connector', title: t.connector },
    { id: 'rate', title: t.rate, isNumber: true },
    { id: 'latency', title: t.latency, isNumber: true },
    { id: 'calls', title: t.calls, isNumber: true },
    { id: 'errors', title: t.errors, isNumber: true },
    { id: 'cause', title: t.cause },
  ]
}

function Rows(props: {
  readonly systems: LandscapeState['islands']
  readonly columns: readonly ListColumn[]
}) {
  const { systems, columns } = props
  const t = useText(flowsText)
  const format = useFormat()
  const { env = '' } = useParams({ strict: false })
  return (
    <Panel title={t.systems} flush>
      <div className="scroll">
        <ListTable columns={columns}>
          <tbody>
            {systems.map(
              ({ island, system, state, kind, connector, perSecond, p95, waiting, errors, cause }) => (
                <tr key={island}>
                  <td>
                    <Status state={stateOf(state)} />
                  </td>
                  <td>
                    <Link to={`/${env}/systems/${system}` as never}>{system}</Link>
                  </td>
                  <td>{kind}</td>
                  <td>{connector}</td>
                  <td className="number">{format.perSecond(perSecond)}</td>
                  <td className="number">{p95 === undefined ? '' : format.duration(p95)}</td>
                  <td className="number">{format.number(waiting)}</td>
                  <td className={errors > 0 ? 'number strong' : 'number muted'}>{format.number(errors)}</td>
                  <td>{cause}</td>
                </tr>
              ),
            )}
          </tbody>
        </ListTable>
      </div>
    </Panel>
  )
}
