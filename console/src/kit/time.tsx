import { useEffect, useState } from 'react'
import { useFormat } from '../i18n/format.ts'

/** The time, told anew every second while a page shows ages. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** `14:02:11 (6 min ago)`; the zone and the date are in its title. */
export function Time({
  at,
  now,
  age = true,
}: {
  readonly at: number
  readonly now: number
  readonly age?: boolean
}) {
  const format = useFormat()
  return (
    <time dateTime={new Date(at).toISOString()} title={format.full(at)} className="numbers">
      {format.time(at, now)}
      {age && <span className="muted">{` (${format.ago(at, now)})`}</span>}
    </time>
  )
}
