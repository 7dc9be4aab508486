import { join } from 'node:path'
import { crmHistory } from './crm.ts'
import { erpHistory } from './erp.ts'
import { hrmHistory } from './hrm.ts'
import { mesHistory } from './mes.ts'

/** What was before the factory starts. */
export interface History {
  /** How many, up to yesterday. */
  readonly days: number
  /** Orders of a usual day; stations report half as often. */
  readonly orders: number
  readonly seed: number
}

/** One of the days before: its beginning in Shanghai, milliseconds since 1970 UTC, and how busy it was, 1 on average. */
export interface PastDay {
  readonly begin: number
  readonly busy: number
}

export const dayLength = 24 * 3_600_000
const shanghai = 8 * 3_600_000

/** Today's beginning in Shanghai. */
export function midnight(now: number): number {
  return Math.floor((now + shanghai) / dayLength) * dayLength - shanghai
}

/** Few orders at weekends, more of them towards the end, and a slow spring. */
export function pastDays({ days }: History, now: number): PastDay[] {
  const today = midnight(now)
  return Array.from({ length: days }, (_, at) => {
    const begin = today - (days - at) * dayLength
    const weekday = new Date(begin + shanghai).getUTCDay()
    const week = weekday === 0 ? 0.3 : weekday === 6 ? 0.6 : 1.22
    return {
      begin,
      busy: week * (0.85 + (0.3 * at) / days) * (1 + 0.15 * Math.sin((2 * Math.PI * at) / 365)),
    }
  })
}

/**
 * Writes the past into the databases of the systems, before these start: entries without a number above 0, which nobody but
 * the warehouse reads, and files of the HRM where those stand that were read.
 */
export function seedHistory(data: string, history: History, now = Date.now()): { readonly orders: number } {
  const days = pastDays(history, now)
  const orders = crmHistory(join(data, 'crm.db'), history, days)
  const events = mesHistory(join(data, 'mes.db'), history, days)
  erpHistory(join(data, 'erp.db'), orders, events)
  hrmHistory(join(data, 'hrm.db'), join(data, 'hrm-files', 'done'), history, days)
  return { orders: orders.length }
}
