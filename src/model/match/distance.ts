import { type Likeness, likeness } from './likeness.ts'

/**
 * Numbers agree by how far they are apart, in the measure of the field: `apart(0.01, 1)` agrees best within one
 * hundredth, and still somewhat within one. What is no number differs.
 */
export function apart(...distances: readonly number[]): Likeness {
  return within(`apart(${distances.join(', ')})`, distances, text =>
    text.trim() === '' ? Number.NaN : Number(text),
  )
}

/**
 * Dates agree by how many days they are apart: `daysApart(1, 31)`. They are `2026-05-01`, `20260501` or begin so. One
 * whose day and month changed places agrees as well as the second step does.
 */
export function daysApart(...days: readonly number[]): Likeness {
  const plain = within(`daysApart(${days.join(', ')})`, days, dayOf)
  const swapped = stepOf(Math.min(1, days.length - 1), days.length)
  return Object.freeze({
    ...plain,
    over(texts: readonly string[], counts: readonly number[], least: number) {
      const near = plain.over(texts, counts, least)
      const dates = texts.map(partsOf)
      return (a: number, b: number) => {
        const [one, other] = [dates[a], dates[b]]
        const turned = one && other && one[0] === other[0] && one[1] === other[2] && one[2] === other[1]
        return Math.max(near(a, b), turned ? swapped : 0)
      }
    },
  })
}

/** The likeness that stands for having reached a step: the first of n is 1. */
const stepOf = (step: number, of: number) => 1 - step / (of + 1)

function within(name: string, distances: readonly number[], read: (text: string) => number): Likeness {
  const steps = distances.map((_, step) => stepOf(step, distances.length))
  return likeness(name, steps, read, (a, b) => {
    const distance = Math.abs(a - b)
    const step = distances.findIndex(most => distance <= most)
    return step < 0 ? 0 : (steps[step] as number)
  })
}

function partsOf(text: string): readonly [number, number, number] | undefined {
  const parts = /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?!\d)/.exec(text.trim())
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : undefined
}

function dayOf(text: string): number {
  const parts = partsOf(text)
  return parts ? Date.UTC(parts[0], parts[1] - 1, parts[2]) / 86_400_000 : Number.NaN
}
