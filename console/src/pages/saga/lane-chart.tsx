import { useMemo } from 'react'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { type Bar, type Lane, lanesOf, type Saga } from './lanes.ts'
import { sagaText } from './text.ts'

/** One lane for each step, with a lane below it for what takes it back; the log has the same in words. */
export function LaneChart({ saga, now }: { readonly saga: Saga; readonly now: number }) {
  const t = useText(sagaText)
  const format = useFormat()
  const { timeline, steps, state } = saga
  const isOver = state === 'completed' || state === 'compensated'
  // Who looks at a saga that goes on sees it grow once in five seconds.
  const until = isOver ? 0 : Math.floor(now / 5000) * 5000
  const { lanes, ticks, gaps } = useMemo(
    () => lanesOf({ timeline, steps, state }, Math.max(until, timeline.at(-1)?.at ?? 0)),
    [timeline, steps, state, until],
  )
  return (
    <figure className="lanes" aria-label={t.lanes}>
      <div className="lane-axis" aria-hidden="true">
        {ticks.map(({ at, place }) => (
          <span key={at} className="numbers" style={{ insetInlineStart: `${place * 100}%` }}>
            {format.clock(at)}
          </span>
        ))}
        {gaps.map(({ place, ms }) => (
          <span key={place} className="gap numbers" style={{ insetInlineStart: `${place * 100}%` }}>
            {t.idle(format.duration(ms))}
          </span>
        ))}
      </div>
      {lanes.map((lane, n) => (
        <LaneRow key={lane.step} lane={lane} channel={steps[n]?.do?.channel} n={n + 1} />
      ))}
    </figure>
  )
}

function LaneRow({
  lane,
  channel,
  n,
}: {
  readonly lane: Lane
  readonly channel: string | undefined
  readonly n: number
}) {
  const t = useText(sagaText)
  const [done, undone] = (['do', 'undo'] as const).map(doing => lane.bars.filter(bar => bar.doing === doing))
  return (
    <div className="lane-row">
      <div className="lane-name">
        <strong>{`${n} ${lane.step}`}</strong>
        {channel && <span className="muted">{channel}</span>}
      </div>
      <div className="lane-tracks">
        <div className="lane-track">
          {done?.map(bar => (
            <BarOf key={`${bar.from}`} bar={bar} />
          ))}
          {lane.bars.length === 0 && <span className="not-run muted">{t.notRun}</span>}
        </div>
        {undone && undone.length > 0 && (
          <div className="lane-track">
            {undone.map(bar => (
              <BarOf key={`${bar.from}`} bar={bar} />
            ))}
          </div>
        )}
      </div>
    </div>
  )
}

function BarOf({ bar }: { readonly bar: Bar }) {
  const t = useText(sagaText)
  const format = useFormat()
  const { doing, from, to, outcome, ms, attempts, code } = bar
  const told = [
    doing === 'undo' ? `↶ ${t.takesBack}` : '',
    outcome === 'done' ? format.duration(ms) : t.outcomes[outcome],
    code ?? '',
    attempts > 1 ? t.attempts(format.number(attempts)) : '',
  ].filter(part => part !== '')
  const isLate = to > 0.75
  return (
    <>
      <span
        className={`lane-bar ${outcome} ${doing}`}
        style={{ insetInlineStart: `${from * 100}%`, width: `${(to - from) * 100}%` }}
      />
      <span
        className={isLate ? `lane-label ${outcome} ${doing} left` : `lane-label ${outcome} ${doing}`}
        style={isLate ? { insetInlineEnd: `${(1 - from) * 100}%` } : { insetInlineStart: `${to * 100}%` }}
      >
        {told.join(' ')}
      </span>
    </>
  )
}
