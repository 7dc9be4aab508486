import type { AnswerOf } from '../../../../src/client/answers.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { Changes } from './changes.tsx'
import { editText } from './text.ts'

export type Message = AnswerOf<'/api/v1/flows/{flow}/messages/{seq}'>

/** What was delivered, and each edit since, with who, why and what it changed. */
export function Chain({ message }: { readonly message: Message }) {
  const t = useText(editText)
  const format = useFormat()
  const now = useNow(60_000)
  const { edited, hops } = message
  if (!edited) return null
  const { by, at, why, original, earlier } = edited
  const all = [...earlier, { by, at, why, data: hops[0]?.before }]
  return (
    <Panel title={t.chain}>
      <ol className="stack">
        <li>{t.original}</li>
        {all.map((edit, n) => (
          <li key={edit.at} className="stack tight">
            <span className="row">
              <strong>{t.edit(format.number(n + 1))}</strong>
              <span>{edit.by}</span>
              <Time at={edit.at} now={now} />
              {edit.why && <span className="muted">{edit.why}</span>}
            </span>
            <Changes before={n === 0 ? original : all[n - 1]?.data} after={edit.data} />
          </li>
        ))}
      </ol>
    </Panel>
  )
}
