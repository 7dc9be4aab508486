import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import '../failures/failures.css'
import { Attention, Decisions } from './decisions.tsx'
import { HeldTable } from './held-table.tsx'
import { LaneChart } from './lane-chart.tsx'
import type { Saga } from './lanes.ts'
import { LogTable } from './log-table.tsx'
import './saga.css'
import { sagaText } from './text.ts'

/** Is the world consistent now, and what is to be done? */
export function SagaPage() {
  const { saga, key } = useParams({ from: '/inside/$env/sagas/$saga/$key' })
  const query = useQuery({
    queryKey: ['sagas', saga, key],
    queryFn: ({ signal }) => get('/api/v1/sagas/{saga}/{key}', { params: { saga, key }, signal }),
    refetchInterval: 5_000,
  })
  return (
    <div className="page">
      <Asked query={query} title={`${key} · ${saga}`}>
        {found => <Shown saga={found} />}
      </Asked>
    </div>
  )
}

function Shown({ saga }: { readonly saga: Saga }) {
  const t = useText(sagaText)
  const now = useNow()
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const isOver = saga.state === 'completed' || saga.state === 'compensated'
  return (
    <>
      <header>
        <div className="row">
          <h1>{`${saga.key} · ${saga.saga}`}</h1>
          <Status state={saga.state} />
          {saga.person && <Status state="running">{t.has(saga.person.by)}</Status>}
          <span className="muted numbers">
            {`${t.took} ${format.duration((isOver ? saga.changed : now) - saga.began)}`}
          </span>
        </div>
        <div className="row">
          <Attention saga={saga} />
          <Link to={`/${env}/sagas` as never}>{t.list}</Link>
        </div>
      </header>
      {saga.paused && <p className="notice warn">{t.paused(saga.paused.by, saga.paused.why)}</p>}
      {saga.turned !== undefined && <p className="notice warn">{t.turned(saga.turned)}</p>}
      <Panel title={t.lanes}>
        <LaneChart saga={saga} now={now} />
      </Panel>
      <div className="saga-columns">
        <HeldTable saga={saga} />
        <Decisions saga={saga} />
        <About saga={saga} now={now} />
      </div>
      <LogTable saga={saga} now={now} />
    </>
  )
}

function About({ saga, now }: { readonly saga: Saga; readonly now: number }) {
  const t = useText(sagaText)
  const words = useText(common)
  const { parent, input } = saga
  return (
    <Panel title={t.input}>
      <div className="stack">
        <Facts
          facts={[
            [words.key, saga.key],
            [t.began, <Time key="began" at={saga.began} now={now} />],
            [t.cause, <code key="cause">{saga.cause}</code>],
            parent !== undefined && [t.parent, `${parent.saga}/${parent.key} (${parent.stage})`],
          ]}
        />
        <pre>{JSON.stringify(input, null, 2)}</pre>
        {saga.masked && <p className="muted">{t.masked}</p>}
      </div>
    </Panel>
  )
}
