import { useEffect, useRef } from 'react'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Status } from '../../kit/status.tsx'
import { useNow } from '../../kit/time.tsx'
import { label } from '../messages/found-keys.tsx'
import { traceText } from './text.ts'
import type { Trace, TraceHop } from './trace.ts'

/** The hops side by side, in order; behind them those that were not reached, dotted. */
export function HopStrip(props: {
  readonly trace: Trace
  readonly selected: number
  onSelect(index: number): void
  onOlder(before: string): void
}) {
  const { trace, selected, onSelect, onOlder } = props
  const t = useText(traceText)
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    list.current?.children[selected]?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [selected])
  const { older } = trace
  return (
    <section className="panel hops" aria-label={t.way}>
      {older !== undefined && (
        <Button size="small" onClick={() => onOlder(older)}>
          {t.older}
        </Button>
      )}
      <ol ref={list}>
        {trace.hops.map((hop, index) => (
          <li key={hop.message}>
            <button
              type="button"
              className="hop"
              aria-current={index === selected ? 'true' : undefined}
              onClick={() => onSelect(index)}
            >
              <OneHop hop={hop} number={index + 1} />
            </button>
          </li>
        ))}
        {trace.expected.map(({ flow, from, to }) => (
          <li key={flow}>
            <div className="hop ahead">
              <span translate="no">{flow}</span>
              <Way from={from} to={to} />
              <span className="muted">{t.notReached}</span>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

function OneHop({ hop, number }: { readonly hop: TraceHop; readonly number: number }) {
  const t = useText(traceText)
  const format = useFormat()
  const now = useNow(10_000)
  const { flow, version, from, to, acceptedAt, ms, state, attempts, replayOf, key } = hop
  return (
    <>
      <span className="row apart">
        <span className="muted">{t.hop(format.number(number))}</span>
        <span className="muted numbers">
          {ms === undefined ? format.time(acceptedAt, now) : format.duration(ms)}
        </span>
      </span>
      <strong translate="no">{version === undefined ? flow : `${flow} v${version}`}</strong>
      <Way from={from} to={to} />
      <span className="row">
        <Status state={state} />
        {attempts > 1 && <span className="muted">{t.attempts(format.number(attempts))}</span>}
      </span>
      {replayOf !== undefined && <span className="muted">{t.replay(replayOf)}</span>}
      {key !== undefined && <span className="muted">{t.otherKey(key)}</span>}
    </>
  )
}

function Way({ from, to }: { readonly from: string; readonly to: readonly string[] }) {
  return <span className="way" translate="no">{`${label(from)} → ${to.map(label).join(', ') || '·'}`}</span>
}
