import type { QueryOf } from '../../../../src/client/answers.ts'

/** What the address of the page says. */
export interface AuditSearch {
  readonly actor?: string
  readonly object?: string
  readonly action?: string
  readonly outcome?: 'ok' | 'denied' | 'refused' | 'failed'
  readonly operation?: string
  /** Dates, as the reader's zone has them: `2026-11-30`. */
  readonly from?: string
  readonly to?: string
  /** Records before this one. */
  readonly before?: number
  /** The record whose details are shown. */
  readonly no?: number
}

export const pageSize = 100

export function queryOf(search: AuditSearch): QueryOf<'/api/v1/audit'> {
  const { actor, object, action, outcome, operation, from, to, before } = search
  const begin = startOf(from)
  const end = startOf(to, 1)
  return {
    limit: pageSize,
    ...(actor !== undefined && { actor }),
    ...(object !== undefined && { object }),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(operation !== undefined && { operation }),
    ...(begin !== undefined && { from: begin }),
    ...(end !== undefined && { to: end }),
    ...(before !== undefined && { before }),
  }
}

/** Midnight at which a day begins, or, some days on, another one. */
function startOf(day: string | undefined, later = 0): number | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? '') ?? []
  if (year === undefined) return undefined
  return new Date(Number(year), Number(month) - 1, Number(date) + later).getTime()
}
