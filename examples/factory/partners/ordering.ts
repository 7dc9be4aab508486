import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pick } from '../simulated/random.ts'
import type { CustomerOrder, OrderLine, PartnersDatabase, UnsentOrder } from './database.ts'
import { customers, spareParts } from './master-data.ts'

/** A customer orders spare parts. The third, and one in forty, is damaged on its way. */
export function order(db: PartnersDatabase): UnsentOrder {
  const n = db.orderCount + 1
  const lines = Array.from({ length: Math.ceil(3 * Math.random()) }, line)
  const number = `PO-${String(n).padStart(6, '0')}`
  const made = { number, customer: pick(customers), lines, damaged: n === 3 || Math.random() < 0.025 }
  return db.addOrder(made, ediOf(made, n, new Date()))
}

function line(): OrderLine {
  const { code: article, unit, price } = pick(spareParts)
  const amount = Math.ceil(400 * Math.random())
  return { article, quantity: unit === 'PCE' ? String(amount) : (amount / 8).toFixed(3), unit, price }
}

/** Puts the file into the folder, whole. Again, it is the same file. */
export function send(db: PartnersDatabase, folder: string, { number, edi }: UnsentOrder): void {
  const aside = join(folder, `.${number}.part`)
  writeFileSync(aside, edi, { flush: true })
  renameSync(aside, join(folder, `${number}.edi`))
  db.sent(number)
}

/** An interchange with one ORDERS message of D.96A, a segment in each line. */
export function ediOf({ number, customer, lines, damaged }: CustomerOrder, n: number, at: Date): string {
  const reference = String(n).padStart(9, '0')
  const day = at.toISOString().slice(0, 10).replaceAll('-', '')
  const time = at.toISOString().slice(11, 16).replace(':', '')
  const segments = [
    `UNH+${n}+ORDERS:D:96A:UN`,
    `BGM+220+${number}+9`,
    `DTM+137:${day}:102`,
    `NAD+BY+${customer}::92`,
    ...lines.flatMap(({ article, quantity, unit, price }, index) => [
      `LIN+${index + 1}++${article}:SA`,
      `QTY+21:${quantity}:${unit}`,
      `PRI+AAA:${price}`,
    ]),
    'UNS+S',
  ]
  const count = segments.length + 1
  return [
    "UNA:+.? '",
    ...[
      `UNB+UNOC:3+CUSTOMERS:ZZ+FACTORY:ZZ+${day.slice(2)}:${time}+${reference}`,
      ...segments,
      `UNT+${damaged ? count + 3 : count}+${n}`,
      `UNZ+1+${reference}`,
    ].map(segment => `${segment}'`),
    '',
  ].join('\r\n')
}
