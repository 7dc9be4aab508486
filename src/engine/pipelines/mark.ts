import { parseDuration } from '../../system/duration.ts'

const whole = /^\d+$/
/** A day or a moment, with or without a zone. */
const time = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d)(:\d\d)?(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d|[+-]\d\d)?$/i

/**
 * The later of two marks: by value where both are whole numbers, else as text, as ISO 8601 times are in order. A number
 * or a time counts before other text, so that a row with nonsense in its place does not end all reading.
 */
export function laterText(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other
  if (whole.test(one) && whole.test(other)) return BigInt(one) >= BigInt(other) ? one : other
  if (isOrdered(one) !== isOrdered(other)) return isOrdered(one) ? one : other
  return one >= other ? one : other
}

const isOrdered = (mark: string) => whole.test(mark) || time.test(mark)

/**
 * A time so much before a mark, written as the mark is: systems compare texts. Digits that this cuts off make it earlier.
 * What is no time stays as it is.
 */
export function markBefore(mark: string, overlap: string | undefined): string {
  const [, day, between = 'T', minute, second = '', fraction = '', zone = ''] = time.exec(mark) ?? []
  if (overlap === undefined || day === undefined) return mark
  // As if it were in UTC: an hour before 10:00+08:00 is 09:00+08:00.
  const at = Date.parse(`${day}T${minute ?? '00:00'}${second || ':00'}${fraction.slice(0, 4)}Z`)
  const before = at - parseDuration(overlap)
  if (Number.isNaN(before)) return mark
  const [shownDay, shown = ''] = new Date(before).toISOString().split('T')
  if (minute === undefined) return `${shownDay}${zone}`
  const places =
    fraction === '' ? '' : shown.slice(8, 12).slice(0, fraction.length).padEnd(fraction.length, '0')
  return `${shownDay}${between}${shown.slice(0, 5 + second.length)}${places}${zone}`
}
