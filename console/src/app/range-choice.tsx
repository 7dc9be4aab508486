import { useNavigate, useSearch } from '@tanstack/react-router'
import { useFormat } from '../i18n/format.ts'
import { useText } from '../i18n/text.ts'
import { relativeRanges, spanOf, usualRange } from './range.ts'
import { shellText } from './text.ts'

/** The time range of the page, in its address. */
export function RangeChoice() {
  const t = useText(shellText)
  const format = useFormat()
  const navigate = useNavigate()
  const { t: range = usualRange } = useSearch({ strict: false }) as { t?: string }
  const now = Date.now()
  const span = spanOf(range, now)
  const isFixed = span !== undefined && !(relativeRanges as readonly string[]).includes(range)
  return (
    <select
      aria-label={t.range}
      value={range}
      onChange={event =>
        void navigate({
          to: '.',
          search: (before: object) => ({ ...before, t: event.target.value }),
        } as never)
      }
    >
      {relativeRanges.map(each => (
        <option key={each} value={each}>
          {t.ranges[each]}
        </option>
      ))}
      {isFixed && (
        <option value={range}>{t.fixed(format.time(span.from, now), format.time(span.to, now))}</option>
      )}
    </select>
  )
}
