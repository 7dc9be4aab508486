import { type KeyboardEvent, useRef } from 'react'
import { useText } from '../../i18n/text.ts'
import { Status } from '../../kit/status.tsx'
import { RunMark } from './run-status.tsx'
import { type Look, lookOf, type Run, stateOfLook } from './runs.ts'
import { pipelinesText } from './text.ts'

const looks: readonly Look[] = ['published', 'partly', 'failed', 'running', 'waiting', 'cancelled']

/** The last runs side by side, the newest last, with a legend of those shapes that there are. */
export function Strip({ runs }: { readonly runs: readonly Run[] }) {
  const t = useText(pipelinesText)
  const list = useRef<HTMLOListElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const marks = [...(list.current?.querySelectorAll('a') ?? [])]
    const at = marks.indexOf(document.activeElement as HTMLAnchorElement)
    marks[Math.max(0, Math.min(marks.length - 1, at + step))]?.focus()
  }
  const known = new Set(runs.map(lookOf))
  return (
    <div className="stack">
      <p className="muted">{t.stripHint}</p>
      <ol ref={list} className="run-strip" onKeyDown={onKeyDown}>
        {[...runs].reverse().map((run, n) => (
          <li key={run.key}>
            <RunMark run={run} words="told" isEntry={n === runs.length - 1} />
          </li>
        ))}
      </ol>
      <div className="row">
        {looks
          .filter(look => known.has(look))
          .map(look => (
            <Status key={look} state={stateOfLook[look]}>
              {t.looks[look]}
            </Status>
          ))}
      </div>
    </div>
  )
}
