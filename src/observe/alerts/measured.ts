import type { AlertRule } from '../../flow/alert.ts'
import type { Labels, Sample } from '../prometheus-text.ts'

/** What was measured at one moment, milliseconds since 1970 UTC. */
export interface Reading {
  readonly at: number
  readonly samples: ReadonlyMap<string, readonly Sample[]>
}

/** A value that a rule looks at. */
export interface Measured {
  readonly labels: Labels
  readonly value: number
}

/** What a rule looks at, in readings from the oldest to the newest. */
export function measured(rule: AlertRule, readings: readonly Reading[]): Measured[] {
  const { metric, over, quantile } = rule
  if (quantile !== undefined) return quantiles(rule, readings)
  if (over !== undefined) return growth(metric, rule, readings)
  return fitting(readings.at(-1), metric, rule)
}

/** Those readings that rules still need. */
export function needed(
  readings: readonly Reading[],
  rules: readonly AlertRule[],
  now: number,
): readonly Reading[] {
  const longest = Math.max(0, ...rules.map(({ over = 0 }) => over))
  const first = readings.findLastIndex(({ at }) => at <= now - longest)
  return readings.slice(Math.max(0, first))
}

function fitting(reading: Reading | undefined, name: string, { labels }: AlertRule): Measured[] {
  const wanted = Object.entries(labels)
  return (reading?.samples.get(name) ?? []).flatMap(([found, value]) =>
    value !== undefined && wanted.every(([label, pattern]) => fits(pattern, found[label]))
      ? [{ labels: found, value }]
      : [],
  )
}

function fits(pattern: string, value = ''): boolean {
  const parts = pattern.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(value)
}

/** How much counters have grown over the time of the rule; a counter that became less had begun anew. */
function growth(metric: string, rule: AlertRule, readings: readonly Reading[]): Measured[] {
  const last = readings.at(-1)
  if (!last) return []
  const from = last.at - (rule.over ?? 0)
  const first = Math.max(
    0,
    readings.findLastIndex(({ at }) => at <= from),
  )
  const grown = new Map<string, { readonly labels: Labels; before: number | undefined; value: number }>()
  for (const [n, reading] of readings.slice(first).entries())
    for (const { labels, value } of fitting(reading, metric, rule)) {
      const key = keyOf(labels)
      const known = grown.get(key)
      // What is there for the first time has grown from nothing, unless nothing is known from before.
      if (!known) grown.set(key, { labels, before: value, value: n === 0 ? 0 : value })
      else {
        known.value += value >= (known.before ?? 0) ? value - (known.before ?? 0) : value
        known.before = value
      }
    }
  return [...grown.values()].map(({ labels, value }) => ({ labels, value }))
}

/** Source: histogram_quantile of Prometheus: even spread inside a bucket. Nothing happened, nothing measured. */
function quantiles(rule: AlertRule, readings: readonly Reading[]): Measured[] {
  const series = new Map<
    string,
    { readonly labels: Labels; readonly buckets: [bound: number, count: number][] }
  >()
  for (const { labels, value } of growth(`${rule.metric}_bucket`, rule, readings)) {
    const { le = '+Inf', ...rest } = labels
    const known = series.get(keyOf(rest)) ?? { labels: rest, buckets: [] }
    known.buckets.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value])
    series.set(keyOf(rest), known)
  }
  return [...series.values()].flatMap(({ labels, buckets }) => {
    const value = quantileOf(
      buckets.sort(([a], [b]) => a - b),
      rule.quantile ?? 0,
    )
    return value === undefined ? [] : [{ labels, value }]
  })
}

function quantileOf(
  buckets: readonly (readonly [bound: number, count: number])[],
  share: number,
): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0
  if (total === 0) return undefined
  const rank = share * total
  let below = 0
  let countBelow = 0
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return below
      return below + ((bound - below) * (rank - countBelow)) / (count - countBelow)
    }
    below = bound
    countBelow = count
  }
  return undefined
}

/** Labels in one order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
