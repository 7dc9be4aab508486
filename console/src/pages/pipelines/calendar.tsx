import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useRef } from 'react'
import { useFormat } from '../../i18n/format.ts'
import { useLanguage, useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { RunMark } from './run-status.tsx'
import { type Day, monthBeside, type Run, weeksOf } from './runs.ts'
import { pipelinesText } from './text.ts'

/** In a cell; the others of a day are in the table. */
const most = 3
const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 }

/** A month of days with their runs. One stop for Tab; arrow keys go on from there. */
export function Calendar({ month, runs }: { readonly month: string; readonly runs: readonly Run[] }) {
  const t = useText(pipelinesText)
  const navigate = useNavigate()
  const show = (to: string) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, month: to }) } as never)
  const weeks = weeksOf(month, runs)
  const entry = weeks.flat().findLast(day => day.runs.length > 0 && !day.isOther)
  const body = useRef<HTMLTableSectionElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key]
    const cells = [...(body.current?.querySelectorAll('td') ?? [])]
    const from = cells.findIndex(cell => cell.contains(document.activeElement))
    if (step === undefined || from === -1) return
    event.preventDefault()
    for (let at = from + step; at >= 0 && at < cells.length; at += step) {
      const mark = cells[at]?.querySelector('a')
      if (mark) return mark.focus()
    }
  }
  return (
    <div className="stack">
      <div className="row">
        <Button size="small" onClick={() => show(monthBeside(month, -1))}>
          {t.earlier}
        </Button>
        <strong className="numbers" aria-live="polite">
          <Month month={month} />
        </strong>
        <Button size="small" onClick={() => show(monthBeside(month, 1))}>
          {t.later}
        </Button>
        <span className="muted">{t.calendarHint}</span>
      </div>
      <Scroll label={t.view.calendar}>
        <table className="calendar" aria-label={t.view.calendar}>
          <thead>
            <tr>
              {(weeks[1] ?? []).map(({ date }) => (
                <th key={date} scope="col" translate="no">
                  <Weekday date={date} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={onKeyDown}>
            {weeks.map(week => (
              <tr key={week[0]?.date}>
                {week.map(day => (
                  <Cell key={day.date} day={day} isEntry={day === entry} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {!entry && <p className="muted">{t.noneInMonth}</p>}
    </div>
  )
}

function Cell({ day: { date, isOther, runs }, isEntry }: { readonly day: Day; readonly isEntry: boolean }) {
  const format = useFormat()
  return (
    <td className={isOther ? 'other' : undefined}>
      <time dateTime={date} className="numbers muted">
        {String(Number(date.slice(8)))}
      </time>
      {runs.slice(-most).map((run, n, all) => (
        <RunMark key={run.key} run={run} words="shown" isEntry={isEntry && n === all.length - 1} />
      ))}
      {runs.length > most && <span className="muted">{`+${format.number(runs.length - most)}`}</span>}
    </td>
  )
}

function useDate(date: string, options: Intl.DateTimeFormatOptions): string {
  const locale = useLanguage() === 'zh' ? 'zh-CN' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(Date.parse(date))
}

function Weekday({ date }: { readonly date: string }) {
  return useDate(date, { weekday: 'short' })
}

function Month({ month }: { readonly month: string }) {
  return useDate(`${month}-01`, { year: 'numeric', month: 'long' })
}
