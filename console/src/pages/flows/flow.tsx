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
import { type FlowDetail, stateOf } from './flows.ts'
import { Changes, OverTime } from './over-time.tsx'
import { PauseOrders } from './pause.tsx'
import { FlowLimits, Sheet, Versions } from './sheet.tsx'
import { Place, Steps } from './steps.tsx'
import { flowsText } from './text.ts'

/** What is it, how is it doing, what changed, and are all its messages accounted for? */
export function FlowPage() {
  const { flow = '' } = useParams({ strict: false }) as { flow?: string }
  const query = useQuery({
    queryKey: ['flows', 'one', flow],
    queryFn: ({ signal }) => get('/api/v1/flows/{flow}', { params: { flow }, signal }),
    refetchInterval: 5000,
  })
  return (
    <div className="page">
      <Asked query={query} title={flow}>
        {detail => <About flow={detail} />}
      </Asked>
    </div>
  )
}

function About({ flow }: { readonly flow: FlowDetail }) {
  const t = useText(flowsText)
  const format = useFormat()
  const now = useNow()
  const { env = '' } = useParams({ strict: false })
  const stopped = flow.sheet.parked + flow.sheet.inDoubt
  return (
    <>
      <header>
        <div className="row">
          <h1 translate="no">{flow.flow}</h1>
          <Status state={stateOf(flow.state)} />
          {flow.version !== undefined && <span className="muted">{`v${flow.version}`}</span>}
        </div>
        <div className="row">
          {stopped > 0 && (
            <Link className="button" to={`/${env}/failures` as never} search={{ flow: flow.flow } as never}>
              {t.openFailures(format.number(stopped))}
            </Link>
          )}
          <Link className="button" to={`/${env}/messages` as never} search={{ flow: flow.flow } as never}>
            {t.messages}
          </Link>
          <PauseOrders flow={flow.flow} isPaused={flow.pause !== undefined} />
        </div>
      </header>
      <Situation flow={flow} now={now} />
      <Panel title={t.about}>
        <Known flow={flow} env={env} now={now} />
      </Panel>
      <Sheet sheet={flow.sheet} />
      <OverTime flow={flow.flow} />
      <Steps flow={flow} env={env} />
      <FlowLimits flow={flow} env={env} />
      <Changes changes={flow.changes} now={now} />
      <Versions versions={flow.versions} now={now} />
    </>
  )
}

/** Why it does not go, before anything else. */
function Situation({ flow, now }: { readonly flow: FlowDetail; readonly now: number }) {
  const t = useText(flowsText)
  const format = useFormat()
  const { pause, waits } = flow
  if (pause)
    return (
      <div className="notice warn" role="status">
        <div className="stack tight">
          <strong>{t.pausedBy(pause.by, pause.why)}</strong>
          <Time at={pause.at} now={now} />
          {pause.until !== undefined && <span>{t.pausedUntil(format.time(pause.until, now))}</span>}
        </div>
      </div>
    )
  if (waits === undefined) return null
  return (
    <div className="notice failed" role="status">
      {t.waitsAlone(waits)}
    </div>
  )
}

function Known({
  flow,
  env,
  now,
}: {
  readonly flow: FlowDetail
  readonly env: string
  readonly now: number
}) {
  const t = useText(flowsText)
  const words = useText(common)
  const format = useFormat()
  const { cause, key } = flow
  const flows = (names: readonly string[]) => (
    <span className="row">
      {names.map(name => (
        <Link key={name} to={`/${env}/flows/${name}` as never}>
          {name}
        </Link>
      ))}
    </span>
  )
  return (
    <Facts
      facts={[
        flow.since !== undefined && [words.since, <Time key="since" at={flow.since} now={now} />],
        cause && [
          t.cause,
          <span key="cause">
            <code>{cause.code}</code> {cause.reason}{' '}
            {cause.step && <span className="muted">{t.step(cause.step)}</span>}
          </span>,
        ],
        [t.rate, format.perSecond(flow.perSecond)],
        flow.p50 !== undefined && [t.half, format.duration(flow.p50)],
        flow.p95 !== undefined && [t.latency, format.duration(flow.p95)],
        [t.errors, format.number(flow.errors)],
        flow.sheet.oldestWaiting !== undefined && [
          t.oldest,
          <Time key="oldest" at={flow.sheet.oldestWaiting} now={now} />,
        ],
        [t.source, <Place key="source" env={env} channel={flow.source.channel} />],
        [
          t.targets,
          <span key="targets" className="row">
            {flow.targets.map(({ channel }) => (
              <Place key={channel} env={env} channel={channel} />
            ))}
          </span>,
        ],
        flow.begunBy.length > 0 && [t.begunBy, flows(flow.begunBy)],
        flow.leadsTo.length > 0 && [t.leadsTo, flows(flow.leadsTo)],
        [
          t.order,
          <span key="order">
            {key.text !== undefined && <code>{key.text}</code>}{' '}
            <span className="muted">{(t.afterPark as Readonly<Record<string, string>>)[key.afterPark]}</span>
          </span>,
        ],
        flow.at !== undefined && [t.owner, <code key="at">{flow.at}</code>],
      ]}
    />
  )
}
