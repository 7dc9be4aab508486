import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Facts } from '../../kit/panel.tsx'
import { Sparkline } from '../../kit/sparkline.tsx'
import { Status } from '../../kit/status.tsx'
import { Time } from '../../kit/time.tsx'
import { type Bridge, type Island, type LandscapeState, type Selected, stateOf } from './state.ts'
import { landscapeText } from './text.ts'

/** What is known of the selected island or bridge, and what can be done. */
export function Inspector(props: {
  readonly env: string
  readonly selected: Selected
  readonly state: LandscapeState
  readonly now: number
}) {
  const { env, selected, state, now } = props
  const t = useText(landscapeText)
  return (
    <aside className="panel inspector" aria-live="polite">
      {selected === undefined && <p className="content muted">{t.none}</p>}
      {selected && 'bridge' in selected && (
        <AboutBridge env={env} bridge={selected.bridge} state={state} now={now} />
      )}
      {selected && 'island' in selected && <AboutIsland env={env} island={selected.island} now={now} />}
    </aside>
  )
}

function AboutBridge({
  env,
  bridge,
  state,
  now,
}: {
  readonly env: string
  readonly bridge: Bridge
  readonly state: LandscapeState
  readonly now: number
}) {
  const t = useText(landscapeText)
  const words = useText(common)
  const format = useFormat()
  const label = (island: string) => state.islands.find(each => each.island === island)?.label ?? island
  const { flow, saga, transaction, cause, oldest, changed, p95 } = bridge
  const stopped = bridge.parked + bridge.inDoubt
  return (
    <div className="content stack">
      <h2 className="row">
        <Status state={stateOf(bridge.state)} />
        <span>{`${label(bridge.from)} → ${label(bridge.to)}`}</span>
      </h2>
      <p className="muted">
        {flow ? t.of(flow) : saga ? t.ofSaga(saga) : t.ofTransaction(transaction ?? '')}
        {bridge.version === undefined ? '' : ` v${bridge.version}`}
      </p>
      <Facts
        facts={[
          bridge.since !== undefined && [words.since, <Time key="since" at={bridge.since} now={now} />],
          [
            t.waiting,
            bridge.backlog === 0
              ? t.noneWaits
              : t.waitingText(format.number(bridge.backlog), format.time(oldest ?? now, now)),
          ],
          stopped > 0 && [t.parked, format.number(bridge.parked)],
          bridge.inDoubt > 0 && [t.inDoubt, format.number(bridge.inDoubt)],
          cause && [
            t.cause,
            <span key="cause">
              <code>{cause.code}</code> {cause.reason}{' '}
              {cause.step && <span className="muted">{t.step(cause.step)}</span>}
            </span>,
          ],
          [t.rate, format.perSecond(bridge.perSecond)],
          p95 !== undefined && [t.latency, format.duration(p95)],
          bridge.errors > 0 && [t.errors, format.number(bridge.errors)],
          changed && [
            t.changed,
            <span key="changed">
              {t.changes[changed.kind]} <Time at={changed.at} now={now} />
            </span>,
          ],
        ]}
      />
      {flow && <Recent flow={flow} />}
      {stopped > 0 && (
        <Link className="button primary" to={`/${env}/failures` as never} search={{ flow } as never}>
          {t.openFailures(format.number(stopped))}
        </Link>
      )}
      {flow && (
        <Link className="button" to={`/${env}/flows/${flow}` as never}>
          {t.openFlow}
        </Link>
      )}
    </div>
  )
}

function AboutIsland({
  env,
  island,
  now,
}: {
  readonly env: string
  readonly island: Island
  readonly now: number
}) {
  const t = useText(landscapeText)
  const words = useText(common)
  const format = useFormat()
  return (
    <div className="content stack">
      <h2 className="row">
        <Status state={stateOf(island.state)} />
        <span>{island.label}</span>
      </h2>
      <Facts
        facts={[
          [t.kind, t.kinds[island.kind as keyof typeof t.kinds] ?? island.kind],
          [t.connector, island.connector],
          island.since !== undefined && [words.since, <Time key="since" at={island.since} now={now} />],
          island.cause !== undefined && [t.cause, island.cause],
          island.waiting > 0 && [t.calls, format.number(island.waiting)],
          [t.rate, format.perSecond(island.perSecond)],
          island.p95 !== undefined && [t.latency, format.duration(island.p95)],
          island.errors > 0 && [t.errors, format.number(island.errors)],
        ]}
      />
      {!island.own && <Recent system={island.system} />}
      {!island.own && (
        <Link className="button" to={`/${env}/systems/${island.system}` as never}>
          {t.openSystem}
        </Link>
      )}
    </div>
  )
}

/** The last quarter of an hour, with what changed. */
function Recent(of: { readonly flow?: string; readonly system?: string }) {
  const t = useText(landscapeText)
  const { data } = useQuery({
    queryKey: ['flows', 'series', of],
    queryFn: ({ signal }) => get('/api/v1/series', { query: { ...of, range: '15m' }, signal }),
    refetchInterval: 5000,
  })
  if (!data || data.points.length < 2) return null
  const [first, last] = [data.points[0]?.at ?? 0, data.points.at(-1)?.at ?? 1]
  const marks = data.changes.map(({ at }) => (at - first) / (last - first)).filter(at => at >= 0 && at <= 1)
  return (
    <figure>
      <Sparkline label={t.last15} values={data.points.map(point => point.ended)} marks={marks} />
      <figcaption className="muted">{t.last15}</figcaption>
    </figure>
  )
}
