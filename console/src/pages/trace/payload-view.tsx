import { addressOf } from '../../api/client.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Code } from './code.tsx'
import { traceText } from './text.ts'
import type { Payload, TraceHop } from './trace.ts'

/** Data on one side of a step. What is large is shown by its beginning, and opened by itself: it is not parsed here. */
export function PayloadView(props: {
  readonly title: string
  readonly payload: Payload | undefined
  readonly hop: TraceHop
  readonly index: number
  readonly side: 'before' | 'after' | 'request' | 'answer'
}) {
  const { title, payload, hop, index, side } = props
  const t = useText(traceText)
  const format = useFormat()
  if (!payload) return null
  const size = format.bytes(payload.bytes)
  const { flow, seq } = hop
  const whole = addressOf('/api/v1/flows/{flow}/messages/{seq}/payload', { flow, seq }, { index, side })
  return (
    <section className="stack tight side">
      <h3 className="row apart">
        <span>{title}</span>
        <span className="muted">{t.bytes(size)}</span>
      </h3>
      {payload.head !== undefined && <p className="muted">{t.tooLarge(size)}</p>}
      <Code label={title}>{payload.head ?? JSON.stringify(payload.data, null, 2)}</Code>
      {payload.head !== undefined && (
        <a className="button" href={whole} target="_blank" rel="noreferrer">
          {t.download(size)}
        </a>
      )}
    </section>
  )
}
