import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Time } from '../../kit/time.tsx'
import { Letter } from './letter.tsx'
import { workersText } from './text.ts'
import type { Change, Watched } from './watching.ts'
import { letterOf, ranges } from './words.ts'

/** What was seen to change, of all members or of one. Read out as it comes. */
export function ChangeList(props: {
  readonly watched: Watched
  readonly now: number
  readonly chosen: string | undefined
}) {
  const { watched, now, chosen } = props
  const t = useText(workersText)
  const words = useWords(watched)
  const shown = watched.changes.filter(
    ({ worker, from }) => chosen === undefined || [worker, from].includes(chosen),
  )
  if (shown.length === 0) return <p className="muted">{t.noChanges}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys from here
    <div role="log" aria-label={t.changes} className="changes" tabIndex={0}>
      <ol>
        {shown.map(change => (
          <li key={change.no}>
            <Time at={change.at} now={now} />
            <Letter of={watched.known[change.worker]} />
            <span>
              {words(change)}
              {['found', 'joined', 'left', 'silent'].includes(change.what) && (
                <span className="muted" translate="no">{` · ${watched.known[change.worker]?.name}`}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}

function useWords({ known }: Watched): (change: Change) => string {
  const { what: t } = useText(workersText)
  const format = useFormat()
  return ({ what, worker, from, partitions = [], sources = [] }) => {
    const other = from === undefined ? undefined : letterOf(known[from]?.n ?? 0)
    const [count, list] = [format.number(partitions.length), ranges(partitions)]
    if (what === 'found' || what === 'joined') return t.joined(known[worker]?.version ?? '')
    if (what === 'took') return other === undefined ? t.took(count, list) : t.tookFrom(count, other, list)
    if (what === 'lost') return t.lost(count, list)
    if (what === 'coordinates') return other === undefined ? t.coordinates : t.coordinatesFrom(other)
    if (what === 'reads')
      return other === undefined ? t.reads(format.list(sources)) : t.readsFrom(format.list(sources), other)
    return t[what]
  }
}
