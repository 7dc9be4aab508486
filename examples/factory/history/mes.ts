import { MesDatabase } from '../mes/database.ts'
import { type Consumption, generate } from '../mes/traffic.ts'
import { numbersOf } from '../simulated/random.ts'
import { inBulk } from './bulk.ts'
import type { History, PastDay } from './history.ts'

/** What a station has reported, and the ERP has booked. */
export interface PastEvent {
  readonly consumption: Consumption
  readonly at: number
}

/** Gives those with nothing wrong. */
export function mesHistory(path: string, { orders, seed }: History, days: readonly PastDay[]): PastEvent[] {
  new MesDatabase(path).close()
  const times = days.flatMap(({ begin, busy }, at) =>
    Array.from({ length: Math.round((orders / 2) * busy) }, (_, n) => {
      const random = numbersOf(`time ${seed} ${at} ${n}`)
      return Math.floor(begin + (6 + 16 * random()) * 3_600_000)
    }).sort((one, other) => one - other),
  )
  return inBulk(path, db => {
    const insert = db.prepare(
      'insert into events (n, id, body, quirk, open, answers) values (?, ?, ?, ?, 0, 1)',
    )
    return times.flatMap((at, index) => {
      const { consumption: generated, quirk } = generate(seed, index, at)
      const consumption = { ...generated, eventId: `MH-${seed}-${String(index + 1).padStart(7, '0')}` }
      insert.run(index + 1 - times.length, consumption.eventId, JSON.stringify(consumption), quirk ?? null)
      return quirk === undefined ? [{ consumption, at }] : []
    })
  })
}
