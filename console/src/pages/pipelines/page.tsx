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
import { Scroll } from '../../kit/scroll.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { useRunAddress } from './run-status.tsx'
import { inOrder, lookOfPipeline, type PipelineView, stateOfLook } from './runs.ts'
import { pipelinesText } from './text.ts'

/** Did last night load, completely, in time? What needs somebody comes first. */
export function PipelinesPage() {
  const t = useText(pipelinesText)
  const columns = useColumns()
  const query = useQuery({
    queryKey: ['pipelines', 'list'],
    queryFn: ({ signal }) => get('/api/v1/pipelines', { signal }),
    refetchInterval: 10_000,
  })
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {query.data && <Verdict pipelines={query.data.pipelines} />}
        </div>
        <Views place="pipelines" columns={columns} />
      </header>
      <Asked query={query}>
        {({ pipelines }) =>
          pipelines.length === 0 ? (
            <Empty>
              <strong>{t.empty}</strong>
              <span>{t.emptyNext}</span>
            </Empty>
          ) : (
            <Panel title={t.title} flush>
              <Scroll label={t.title}>
                <ListTable columns={columns}>
                  <tbody>
                    {inOrder(pipelines).map(each => (
                      <Row key={each.pipeline} view={each} />
                    ))}
                  </tbody>
                </ListTable>
              </Scroll>
            </Panel>
          )
        }
      </Asked>
    </div>
  )
}

function useColumns(): readonly ListColumn[] {
  const t = useText(pipelinesText)
  const words = useText(common)
  return [
    { id: 'state', title: words.state },
    { id: 'pipeline', title: t.pipeline },
    { id: 'until', title: t.dataUntil },
    { id: 'last', title: t.lastRun },
    { id: 'failed', title: t.failedRuns, isNumber: true },
    { id: 'parked', title: t.parked, isNumber: true },
    { id: 'next', title: t.next },
    { id: 'schedule', title: t.schedule },
  ]
}

function Verdict({ pipelines }: { readonly pipelines: readonly PipelineView[] }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const count = (...looks: string[]) => {
    return pipelines.filter(each => looks.includes(lookOfPipeline(each))).length
  }
  const [failed, running, never] = [count('failed'), count('running', 'waiting'), count('never')]
  const isWell = failed === 0 && never === 0 && pipelines.length > 0
  return (
    <>
      {isWell && <Status state="ok">{t.allWell}</Status>}
      {failed > 0 && <Status state="down">{t.failedCount(format.number(failed))}</Status>}
      {running > 0 && <Status state="running">{t.runningCount(format.number(running))}</Status>}
      {never > 0 && <Status state="waiting">{t.neverCount(format.number(never))}</Status>}
    </>
  )
}

function Row({ view }: { readonly view: PipelineView }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const now = useNow()
  const address = useRunAddress()
  const { env } = useParams({ strict: false })
  const { pipeline, last, lastPublished, failed, next, schedule } = view
  const look = lookOfPipeline(view)
  return (
    <tr>
      <td>
        {look === 'never' ? (
          <Status state="waiting">{t.never}</Status>
        ) : (
          <Status state={stateOfLook[look]}>{t.looks[look]}</Status>
        )}
      </td>
      <td>
        <Link to={`/${env}/pipelines/${pipeline}` as never} className="mono">
          {pipeline}
        </Link>
      </td>
      <td>
        {lastPublished ? (
          <Time at={lastPublished.until} now={now} />
        ) : (
          <span className="muted">{t.noData}</span>
        )}
      </td>
      <td>
        {last && (
          <Link to={address(last) as never}>
            <Time at={last.changed} now={now} />
          </Link>
        )}
      </td>
      <td className={failed.length > 0 ? 'number strong' : 'number muted'}>{format.number(failed.length)}</td>
      <td className="number">{lastPublished && format.number(lastPublished.parked)}</td>
      <td>{next !== undefined && <Time at={next} now={now} />}</td>
      <td>{schedule === undefined ? <span className="muted">{t.byHand}</span> : <code>{schedule}</code>}</td>
    </tr>
  )
}
