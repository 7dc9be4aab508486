import { hash } from 'node:crypto'
import type { AlertRule, Severity } from '../../flow/alert.ts'
import type { Labels } from '../prometheus-text.ts'

/** What a rule says of one thing, and what has become of that. Times are milliseconds since 1970 UTC. */
export interface AlertState {
  /** Stable: of the rule and the labels. */
  readonly id: string
  readonly rule: string
  readonly severity: Severity
  readonly labels: Labels
  /** `pending`: wrong, but not for long enough. */
  readonly status: 'pending' | 'firing' | 'resolved'
  /** The last one while it was wrong. */
  readonly value: number
  /** Wrong since. */
  readonly since: number
  readonly firedAt?: number | undefined
  readonly resolvedAt?: number | undefined
  /** Right since, while it still counts as wrong. */
  readonly calmSince?: number | undefined
  readonly acknowledged?: Acknowledged | undefined
  /** What each channel was told last, of this time that it fires. */
  readonly told: Readonly<Record<string, { readonly what: 'firing' | 'resolved'; readonly at: number }>>
}

export interface Acknowledged {
  readonly by: string
  readonly at: number
  readonly why?: string | undefined
}

/** Readable where labels are plain names, as those of flows and systems are. It stands in addresses. */
export function alertId(rule: AlertRule, labels: Labels): string {
  const values = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value)
  if (values.every(value => /^[\w.-]{1,80}$/.test(value)) && values.length <= 3)
    return [rule.name, ...values].join('~')
  return `${rule.name}~${hash('sha256', JSON.stringify(values), 'hex').slice(0, 16)}`
}

/** What changed, to be kept in the alert's stream. */
export interface AlertChange {
  readonly to: 'pending' | 'firing' | 'resolved' | 'dropped'
  readonly state: AlertState
}
