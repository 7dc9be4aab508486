import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { Checks } from './checks.tsx'
import { Decide, Repair, RunAgain } from './orders.tsx'
import './pipelines.css'
import { useRunAddress } from './run-status.tsx'
import { leftOf, lookOf, type RunDetail, stateOfLook } from './runs.ts'
import { Tasks } from './tasks.tsx'
import { pipelinesText } from './text.ts'

/** Did this run publish, all of it, and if not, why not? */
export function RunPage() {
  const t = useText(pipelinesText)
  const { pipeline, run, env } = useParams({ from: '/inside/$env/pipelines/$pipeline/$run' })
  const query = useQuery({
    queryKey: ['pipelines', 'run', pipeline, run],
    queryFn: ({ signal }) =>
      get('/api/v1/pipelines/{pipeline}/runs/{key}', { params: { pipeline, key: run }, signal }),
    refetchInterval: ({ state }) => (state.data?.run.status === 'running' ? 1000 : 10_000),
  })
  const detail = query.data
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1 translate="no">{`${pipeline} ${detail?.run.date ?? run}`}</h1>
        </div>
        <div className="row">
          {detail && <Orders detail={detail} />}
          <Link to={`/${env}/pipelines/${pipeline}` as never}>{t.toPipeline}</Link>
        </div>
      </header>
      <Asked query={query}>
        {found => (
          <>
            <Verdict detail={found} />
            <Tasks detail={found} />
            <Checks detail={found} />
            <About detail={found} />
          </>
        )}
      </Asked>
    </div>
  )
}

function Orders({ detail: { run } }: { readonly detail: RunDetail }) {
  const t = useText(pipelinesText)
  const { pipeline, key, status, until, trigger } = run
  return (
    <>
      {status === 'failed' && <Decide what="resume" pipeline={pipeline} run={key} />}
      {trigger !== 'repair' && (
        <RunAgain
          pipeline={pipeline}
          until={until}
          refused={status === 'running' ? t.isUnderWay : undefined}
        />
      )}
      {(status === 'running' || status === 'failed') && (
        <Decide what="cancel" pipeline={pipeline} run={key} />
      )}
    </>
  )
}

/** What became of it, in a sentence; of a failure the reason, too. */
function Verdict({ detail }: { readonly detail: RunDetail }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const { run, tasks } = detail
  const look = lookOf(run)
  const left = leftOf(tasks)
  const { failure, parked, broken } = run
  return (
    <div className={look === 'failed' ? 'notice failed' : 'notice'} role="status">
      <div className="stack tight">
        <strong className="row">
          <Status state={stateOfLook[look]}>{useVerdict(detail)}</Status>
          {run.status === 'published' && parked > 0 && (
            <Status state="slow">{t.verdicts.aside(format.number(parked))}</Status>
          )}
          {broken > 0 && run.status === 'published' && (
            <Status state="slow">{t.verdicts.broken(format.number(broken))}</Status>
          )}
          {left !== undefined && <span className="muted">{t.verdicts.left(format.duration(left))}</span>}
        </strong>
        {failure && <span className="mono">{`${failure.code} ${failure.reason}`}</span>}
        <AsideOf detail={detail} />
        {(look === 'failed' || look === 'cancelled') && <span>{t.readersSee}</span>}
      </div>
    </div>
  )
}

/** Each table with rows that were set aside: its rows, and the order to load them again. */
function AsideOf({ detail: { run, tasks, repairs } }: { readonly detail: RunDetail }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const { pipeline } = run
  const key = repairs?.run ?? run.key
  const aside = tasks.filter(({ parked = 0 }) => parked > 0)
  if (run.status !== 'published') return null
  return aside.map(({ table, parked = 0 }) => (
    <div key={table} className="row">
      <Link to={`/${env}/quality` as never} search={{ pipeline, table, run: key } as never}>
        {t.asideOf(table, format.number(parked))}
      </Link>
      <Repair pipeline={pipeline} run={key} table={table} />
    </div>
  ))
}

function useVerdict({ run, tasks }: RunDetail): string {
  const { verdicts } = useText(pipelinesText)
  const format = useFormat()
  const { status, waitsFor, failure, read, written, published } = run
  if (status === 'published')
    return read > 0
      ? verdicts.published(format.number(written), format.number(read))
      : verdicts.publishedQuery(format.number(published))
  if (status === 'cancelled') return verdicts.cancelled
  if (status === 'failed') {
    if (failure?.table !== undefined) return verdicts.failedAt(failure.table)
    return failure?.code === 'PIPELINE-CHECK' ? verdicts.failedCheck : verdicts.failed
  }
  if (waitsFor !== undefined) return verdicts.waiting(waitsFor)
  const own = tasks.filter(task => task.status !== 'left out')
  const made = own.filter(task => task.status === 'loaded').length
  return verdicts.running(format.number(made), format.number(own.length))
}

function About({ detail }: { readonly detail: RunDetail }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const now = useNow()
  const address = useRunAddress()
  const { run, by, why, repairs } = detail
  const { pipeline, key, from, until, trigger, attempt, began, changed, status } = run
  const triggered = [t.triggers[trigger], ...(attempt > 1 ? [t.attempt(format.number(attempt))] : [])]
  return (
    <Panel title={t.about}>
      <Facts
        facts={[
          [
            t.period,
            <span key="period" className="numbers">
              {from === 0
                ? `${t.everRead} – ${format.full(until)}`
                : `${format.full(from)} – ${format.full(until)}`}
            </span>,
          ],
          [t.trigger, triggered.join(', ')],
          by !== undefined && [t.by, why === undefined ? by : `${by}: ${why}`],
          repairs !== undefined && [
            t.repairs,
            <Link key="repairs" to={address({ pipeline, key: repairs.run }) as never} className="mono">
              {`${repairs.table} ${repairs.run}`}
            </Link>,
          ],
          [t.began, <Time key="began" at={began} now={now} />],
          [t.took, format.duration((status === 'running' ? now : changed) - began)],
          [t.runs, <code key="key">{key}</code>],
        ]}
      />
    </Panel>
  )
}
