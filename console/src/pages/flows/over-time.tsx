import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Sparkline } from '../../kit/sparkline.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { Time } from '../../kit/time.tsx'
import { type Change, marksOf, type Series } from './flows.ts'
import { flowsText } from './text.ts'

/** Throughput and latency, with what changed; the range is in the address. */
export function OverTime(of: { readonly flow?: string; readonly system?: string }) {
  const t = useText(flowsText)
  const navigate = useNavigate()
  const { range = '15m' } = useSearch({ strict: false }) as { range?: '15m' | '24h' }
  const query = useQuery({
    queryKey: ['flows', 'series', of, range],
    queryFn: ({ signal }) => get('/api/v1/series', { query: { ...of, range }, signal }),
    refetchInterval: 5000,
  })
  const show = (to: '15m' | '24h') =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, range: to }) } as never)
  return (
    <Panel
      title={t.over}
      actions={
        <Tabs
          label={t.over}
          selected={range}
          tabs={[
            ['15m', t.ranges['15m']],
            ['24h', t.ranges['24h']],
          ]}
          onSelect={show}
        />
      }
    >
      <Asked query={query}>
        {series =>
          series.points.length < 2 ? <Empty>{t.noSeries}</Empty> : <Lines series={series} range={range} />
        }
      </Asked>
    </Panel>
  )
}

function Lines({ series, range }: { readonly series: Series; readonly range: '15m' | '24h' }) {
  const t = useText(flowsText)
  const format = useFormat()
  const marks = marksOf(series)
  const { points } = series
  const throughput = range === '15m' ? t.throughput : t.throughputDay
  const most = (values: readonly number[]) => format.number(Math.max(0, ...values))
  const ended = points.map(point => point.ended)
  const latency = points.map(({ p95 = 0 }) => p95)
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0]
  return (
    <div className="stack">
      <p className="muted">{t.overAbout}</p>
      <figure>
        <Sparkline label={throughput} values={ended} marks={marks} />
        <figcaption className="muted">{`${throughput} ≤ ${most(ended)}`}</figcaption>
      </figure>
      <figure>
        <Sparkline label={t.latencyOver} values={latency} marks={marks} />
        <figcaption className="muted">
          {`${t.latencyOver} ≤ ${most(latency)} · ${format.clock(first)} – ${format.clock(last)}`}
        </figcaption>
      </figure>
    </div>
  )
}

/** The newest first. */
export function Changes({ changes, now }: { readonly changes: readonly Change[]; readonly now: number }) {
  const t = useText(flowsText)
  return (
    <Panel title={t.changes} flush={changes.length > 0}>
      {changes.length === 0 ? (
        <p className="muted">{t.noChanges}</p>
      ) : (
        <div className="scroll">
          <table className="table">
            <tbody>
              {changes.slice(0, 20).map(({ at, kind, version, system, source, by, why }) => (
                <tr key={`${at} ${kind} ${version ?? ''} ${system ?? ''} ${source ?? ''}`}>
                  <td>
                    <Time at={at} now={now} />
                  </td>
                  <td>{t.kinds[kind]}</td>
                  <td>
                    {[version === undefined ? undefined : `v${version}`, source ?? system, by, why]
                      .filter(part => part !== undefined)
                      .join(' · ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
