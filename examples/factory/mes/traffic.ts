import { numbersOf, pick as pickBy } from '../simulated/random.ts'
import { materials, operators, perUnit, workOrders } from './master-data.ts'

/** One consumption of material as a station reported it. */
export interface Consumption {
  readonly eventId: string
  readonly workOrder: string
  readonly line: string
  readonly material: string
  /** Some stations send a number, others a text. */
  readonly qty: string | number
  readonly uom: string
  readonly lot: string
  /** Local time in Shanghai, without zone. */
  readonly consumedAt: string
  readonly operator: string
}

/** What is wrong with an event on purpose. */
export type Quirk = 'wrong-unit' | 'unknown-unit' | 'unknown-material' | 'too-much'

export interface Generated {
  readonly consumption: Consumption
  readonly quirk: Quirk | undefined
  /** How often it is sent even though the first answer was good. */
  readonly sends: number
}

/** Event number `n` of a seed: always the same but for its time. `now` is in milliseconds since 1970 UTC. */
export function generate(seed: number, n: number, now: number): Generated {
  const random = numbersOf(`${seed}:${n}`)
  const pick = <T>(list: readonly T[]) => pickBy(list, random)
  const order = pick(workOrders)
  const quirk = quirkOf(random())
  const material = pick(materials)
  const { qty, uom } = quantity(pick(material.units), material.usual * (0.2 + 1.6 * random()), quirk)
  const code = quirk === 'unknown-material' ? `${material.code}-X` : material.code
  return {
    consumption: {
      eventId: `MC-${seed}-${String(n).padStart(7, '0')}`,
      workOrder: order.number,
      line: order.line,
      material: random() < 0.2 ? ` ${code}  ` : code,
      qty: random() < 0.3 ? Number(qty) : qty,
      uom,
      lot: `B${String(Math.floor(random() * 10_000)).padStart(4, '0')}`,
      consumedAt: new Date(now + shanghai).toISOString().slice(0, 19).replace('T', ' '),
      operator: pick(operators).name,
    },
    quirk,
    sends: random() < 0.03 ? 2 : 1,
  }
}

/** Milliseconds ahead of UTC, without summer time since 1991. */
const shanghai = 8 * 3_600_000

function quirkOf(chance: number): Quirk | undefined {
  if (chance < 0.004) return 'wrong-unit'
  if (chance < 0.006) return 'unknown-unit'
  if (chance < 0.01) return 'unknown-material'
  if (chance < 0.013) return 'too-much'
  return undefined
}

/** `thousandths` of a kilogram, piece or metre as a station writes them. */
function quantity(unit: string, thousandths: number, quirk: Quirk | undefined): { qty: string; uom: string } {
  const amount = quirk === 'too-much' ? thousandths * 1e7 : thousandths
  const whole = unit.toLowerCase() === 'pcs' ? Math.ceil(amount / 1000) * 1000 : Math.ceil(amount)
  const uom = quirk === 'unknown-unit' ? 'drum' : quirk === 'wrong-unit' ? otherKind(unit) : unit
  return { qty: String(whole / (perUnit[unit.toLowerCase()] as number)), uom }
}

function otherKind(unit: string): string {
  return unit.toLowerCase() === 'pcs' ? 'kg' : 'pcs'
}
