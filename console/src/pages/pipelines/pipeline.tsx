import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty, Facts, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { Calendar } from './calendar.tsx'
import { BackfillOrder, RunNow } from './orders.tsx'
import './pipelines.css'
import { RunTable } from './run-table.tsx'
import { isDense, lookOfPipeline, type PipelineView, type Run, rangeOfMonth, stateOfLook } from './runs.ts'
import { Strip } from './strip.tsx'
import { pipelinesText } from './text.ts'

/** How many of the last runs are shown where they are not shown by day. */
const lastRuns = 120

/** One pipeline: its state, its runs by day, and orders. */
export function PipelinePage() {
  const t = useText(pipelinesText)
  const { pipeline, env } = useParams({ from: '/inside/$env/pipelines/$pipeline' })
  const list = useQuery({
    queryKey: ['pipelines', 'list'],
    queryFn: ({ signal }) => get('/api/v1/pipelines', { signal }),
    refetchInterval: 10_000,
  })
  const last = useQuery({
    queryKey: ['pipelines', 'runs', pipeline],
    queryFn: ({ signal }) =>
      get('/api/v1/pipelines/{pipeline}/runs', { params: { pipeline }, query: { limit: lastRuns }, signal }),
    refetchInterval: 10_000,
  })
  const view = list.data?.pipelines.find(each => each.pipeline === pipeline)
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1 translate="no">{pipeline}</h1>
          {view && <PipelineState view={view} />}
        </div>
        <div className="row">
          {view && <RunNow key={`run ${pipeline}`} pipeline={pipeline} isRunning={view.running.length > 0} />}
          {view && (
            <BackfillOrder
              key={`backfill ${pipeline}`}
              pipeline={pipeline}
              hasSchedule={view.schedule !== undefined}
              last={view.last?.until}
            />
          )}
          <Link to={`/${env}/pipelines` as never}>{t.toList}</Link>
        </div>
      </header>
      <Asked query={last}>
        {({ runs }) =>
          runs.length === 0 ? (
            <Empty>
              <strong>{t.noRuns}</strong>
              <span>{t.noRunsNext}</span>
            </Empty>
          ) : (
            <Runs pipeline={pipeline} last={runs} />
          )
        }
      </Asked>
      {view && <About view={view} />}
    </div>
  )
}

function PipelineState({ view }: { readonly view: PipelineView }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const now = useNow()
  const look = lookOfPipeline(view)
  const { lastPublished, next } = view
  return (
    <>
      {look === 'never' ? (
        <Status state="waiting">{t.never}</Status>
      ) : (
        <Status state={stateOfLook[look]}>{t.looks[look]}</Status>
      )}
      <span className="muted numbers">
        {lastPublished ? `${t.dataUntil} ${format.time(lastPublished.until, now)}` : t.noData}
      </span>
      {next !== undefined && <span className="muted numbers">{`${t.next} ${format.ago(next, now)}`}</span>}
    </>
  )
}

const views = ['calendar', 'strip', 'table'] as const

/** By day where there are few on each, else side by side; and always as a table. */
function Runs({ pipeline, last }: { readonly pipeline: string; readonly last: readonly Run[] }) {
  const t = useText(pipelinesText)
  const navigate = useNavigate()
  const { month, as = isDense(last) ? 'strip' : 'calendar' } = useSearch({
    from: '/inside/$env/pipelines/$pipeline',
  })
  const shown = /^\d{4}-(0[1-9]|1[0-2])$/.test(month ?? '')
    ? (month as string)
    : (last[0]?.date ?? '').slice(0, 7)
  const own = useQuery({
    queryKey: ['pipelines', 'runs', pipeline, shown],
    queryFn: ({ signal }) => {
      const query = { ...rangeOfMonth(shown), limit: 2000 }
      return get('/api/v1/pipelines/{pipeline}/runs', { params: { pipeline }, query, signal })
    },
    enabled: as === 'calendar',
  })
  return (
    <Panel
      title={t.runs}
      flush={as === 'table'}
      actions={
        <Tabs
          label={t.views}
          tabs={views.map(each => [each, t.view[each]] as const)}
          selected={as}
          onSelect={to =>
            void navigate({ to: '.', search: (before: object) => ({ ...before, as: to }) } as never)
          }
        />
      }
    >
      {as === 'calendar' && <Asked query={own}>{({ runs }) => <Calendar month={shown} runs={runs} />}</Asked>}
      {as === 'strip' && <Strip runs={last} />}
      {as === 'table' && <RunTable runs={last} />}
    </Panel>
  )
}

function About({ view }: { readonly view: PipelineView }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const now = useNow()
  const { env } = useParams({ strict: false })
  const { schedule, after, warehouse, tables, next } = view
  return (
    <Panel title={t.pipeline}>
      <Facts
        facts={[
          [t.schedule, schedule === undefined ? t.byHand : <code key="schedule">{schedule}</code>],
          next !== undefined && [t.next, <Time key="next" at={next} now={now} />],
          after.length > 0 && [t.after, format.list(after)],
          [
            t.warehouse,
            <Link key="warehouse" to={`/${env}/systems/${warehouse}` as never}>
              {warehouse}
            </Link>,
          ],
          [t.tables, <code key="tables">{tables.join(', ')}</code>],
        ]}
      />
    </Panel>
  )
}
