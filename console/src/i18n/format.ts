import { type Language, useLanguage } from './text.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Numbers, sizes, times and durations as the reader's language writes them; times in the zone of the browser. */
export class Format {
  readonly #locale: string
  readonly #language: Language

  constructor(language: Language) {
    this.#language = language
    this.#locale = language === 'zh' ? 'zh-CN' : 'en-GB'
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: digits }).format(value)
  }

  percent(ratio: number, digits = 0): string {
    return new Intl.NumberFormat(this.#locale, { style: 'percent', maximumFractionDigits: digits }).format(
      ratio,
    )
  }

  bytes(value: number): string {
    if (value < 1024) return `${this.number(value)} B`
    const units = ['KB', 'MB', 'GB', 'TB']
    const step = Math.min(units.length, Math.floor(Math.log2(value) / 10))
    return `${this.number(value / 1024 ** step, 1)} ${units[step - 1]}`
  }

  perSecond(value: number): string {
    return `${this.number(value, value < 10 ? 1 : 0)}/s`
  }

  /** `412 ms`, `2.1 s`, `6 min`, `3 h`, `2 d`: one unit, as it is said. */
  duration(ms: number): string {
    const [amount, unit] = ofUnit(ms)
    const words = this.#language === 'zh' ? chinese : english
    const digits = unit === 's' && amount < 10 ? 1 : 0
    return `${this.number(amount, digits)} ${words[unit]}`
  }

  /** `6 min ago`; in the future `in 6 min`. */
  ago(at: number, now: number): string {
    const ms = now - at
    if (Math.abs(ms) < 1000) return this.#language === 'zh' ? '刚刚' : 'just now'
    const text = this.duration(Math.abs(ms))
    if (this.#language === 'zh') return ms > 0 ? `${text}前` : `${text}后`
    return ms > 0 ? `${text} ago` : `in ${text}`
  }

  /** `14:02:11` today, `23 Nov 14:02:11` before. */
  time(at: number, now: number): string {
    const isToday = new Date(at).toDateString() === new Date(now).toDateString()
    return isToday ? this.clock(at) : `${this.#date(at, now)} ${this.clock(at)}`
  }

  clock(at: number): string {
    return this.#format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
  }

  /** With the zone, for titles and copies. */
  full(at: number): string {
    return `${this.#format(at, { dateStyle: 'medium' })} ${this.clock(at)} ${zoneOf(at)}`
  }

  list(items: readonly string[]): string {
    return new Intl.ListFormat(this.#locale, { type: 'conjunction' }).format(items)
  }

  #date(at: number, now: number): string {
    const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
    return this.#format(at, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) })
  }

  #format(at: number, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.#locale, options).format(at)
  }
}

const english = { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' }
const chinese = { ms: 'ms', s: '秒', min: '分钟', h: '小时', d: '天' }

function ofUnit(ms: number): [number, keyof typeof english] {
  if (ms < 1000) return [Math.round(ms), 'ms']
  if (ms < minute) return [ms / 1000, 's']
  if (ms < 2 * hour) return [Math.floor(ms / minute), 'min']
  return ms < 2 * day ? [Math.floor(ms / hour), 'h'] : [Math.floor(ms / day), 'd']
}

/** `UTC+8`. */
export function zoneOf(at: number): string {
  const offset = -new Date(at).getTimezoneOffset()
  const [hours, minutes] = [Math.trunc(offset / 60), Math.abs(offset % 60)]
  return `UTC${offset < 0 ? '−' : '+'}${Math.abs(hours)}${minutes ? `:${String(minutes).padStart(2, '0')}` : ''}`
}

const formats = new Map<Language, Format>()

export function formatOf(language: Language): Format {
  const known = formats.get(language) ?? new Format(language)
  formats.set(language, known)
  return known
}

export function useFormat(): Format {
  return formatOf(useLanguage())
}
