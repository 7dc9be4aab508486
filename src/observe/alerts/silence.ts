import type { AlertState } from './alert-state.ts'

/** Nobody is told of the alerts that fit, until it ends. Times are milliseconds since 1970 UTC. */
export interface Silence {
  readonly id: string
  /** All that are given must fit. */
  readonly match: {
    readonly alert?: string | undefined
    readonly rule?: string | undefined
    readonly flow?: string | undefined
    readonly system?: string | undefined
  }
  readonly by: string
  readonly why: string
  readonly from: number
  readonly until: number
  /** Who ended it before its time. */
  readonly ended?: { readonly by: string; readonly at: number } | undefined
}

export function isActive({ from, until, ended }: Silence, now: number): boolean {
  return from <= now && now < until && ended === undefined
}

/** The silence that ends last of those that keep an alert from being told. */
export function silenceOf(
  { id, rule, labels }: AlertState,
  silences: Iterable<Silence>,
  now: number,
): Silence | undefined {
  const fits = (wanted: string | undefined, is: string | undefined) => wanted === undefined || wanted === is
  return [...silences]
    .filter(each => isActive(each, now))
    .filter(({ match }) => fits(match.alert, id) && fits(match.rule, rule))
    .filter(({ match }) => fits(match.flow, labels.flow) && fits(match.system, labels.system))
    .sort((a, b) => b.until - a.until)[0]
}
