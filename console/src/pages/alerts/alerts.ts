import type { AnswerOf } from '../../../../src/client/answers.ts'

export type AlertList = AnswerOf<'/api/v1/alerts'>
export type Alert = AlertList['alerts'][number]
export type Silence = AlertList['silences'][number]
export type Channel = AlertList['channels'][number]

const hour = 3_600_000

/** How long a silence may be, in the form. */
export const lengths = {
  '1h': hour,
  '4h': 4 * hour,
  '12h': 12 * hour,
  '1d': 24 * hour,
  '7d': 168 * hour,
} as const
export type Length = keyof typeof lengths

/** How many fire, by severity, and how many may. */
export function countsOf(alerts: readonly Pick<Alert, 'status' | 'severity'>[]) {
  const firing = alerts.filter(({ status }) => status === 'firing')
  const of = (severity: Alert['severity']) => firing.filter(each => each.severity === severity).length
  return { critical: of('critical'), warning: of('warning'), pending: alerts.length - firing.length }
}

/** What a silence is for, in the words of the landscape: `flow orders`. */
export function matchText({ match }: Pick<Silence, 'match'>): string {
  const { alert, rule, flow, system } = match
  return [alert, rule, flow, system].filter(part => part !== undefined).join(', ')
}
