import type { ErpDatabase } from './database.ts'
import { fromUnits, moneyPlaces, pricePlaces, quantityPlaces, toUnits } from './fixed-point.ts'
import { accounts } from './master-data.ts'
import { Refusal } from './refusal.ts'

export interface GoodsIssue {
  readonly reference: string
  readonly workOrder: string
  readonly material: string
  readonly quantity: string
  readonly unit: string
}

export interface Reservation {
  readonly order: string
  readonly lines: readonly Pick<GoodsIssue, 'material' | 'quantity' | 'unit'>[]
}

export interface Receivable {
  readonly reference: string
  readonly customer: string
  readonly amount: string
  readonly currency: string
}

export interface Posting {
  readonly reference: string
  readonly workOrder: string
  readonly debit: string
  readonly credit: string
  readonly amount: string
  readonly currency: string
}

/** Per unit of the material. */
export function standardCost(db: ErpDatabase, code: string) {
  const { unit, price } = materialOf(db, code)
  return { material: code, unit, price: fromUnits(price, pricePlaces), currency: 'CNY' }
}

/** Gives the document's number. */
export function issueGoods(db: ErpDatabase, issue: GoodsIssue): number {
  const { reference, workOrder, unit } = issue
  if (!reference || !workOrder) throw new Refusal('INCOMPLETE', 'reference and workOrder are required.')
  const quantity = quantityOf(issue.quantity)
  const { code, stock, unit: kept } = materialOf(db, issue.material)
  const wanted = `${fromUnits(quantity, quantityPlaces)} ${unit}`
  if (unit !== kept)
    throw new Refusal(
      'WRONG-UNIT',
      `${code} is kept in ${kept}, so ${wanted} cannot be issued. Correct the unit of the consumption.`,
    )
  if (quantity > stock)
    throw new Refusal(
      'NEGATIVE-STOCK',
      `Only ${fromUnits(stock, quantityPlaces)} ${unit} of ${code} are in stock, so ${wanted} cannot be ` +
        'issued. Post the missing goods receipt, or correct the quantity.',
    )
  return db.addIssue(reference, workOrder, code, quantity)
}

/** Keeps what is ordered for the customer, all lines or none. Gives the document's number. */
export function reserve(db: ErpDatabase, { order, lines }: Reservation): number {
  if (!order || lines.length === 0) throw new Refusal('INCOMPLETE', 'order and lines are required.')
  const kept = lines.map(({ material, quantity, unit }) => {
    const { code, unit: own } = materialOf(db, material)
    if (unit !== own) throw new Refusal('WRONG-UNIT', `${code} is kept in ${own} and not in ${unit}.`)
    return { material: code, quantity: quantityOf(quantity) }
  })
  return db.addReservation(order, kept)
}

/** Gives the document's number. */
export function bookReceivable(db: ErpDatabase, { reference, customer, ...money }: Receivable): number {
  if (!reference || !customer) throw new Refusal('INCOMPLETE', 'Reference and Customer are required.')
  return db.addReceivable(reference, customer, centsOf(money))
}

/** Gives the document's number. */
export function postLedger(db: ErpDatabase, posting: Posting): number {
  const { reference, workOrder, debit, credit } = posting
  if (!reference || !workOrder) throw new Refusal('INCOMPLETE', 'Reference and WorkOrder are required.')
  const cents = centsOf(posting)
  const unknown = [debit, credit].find(account => !accounts.includes(account))
  if (unknown !== undefined) throw new Refusal('UNKNOWN-ACCOUNT', `There is no account "${unknown}".`)
  return db.addPosting(reference, workOrder, debit, credit, cents)
}

function quantityOf(text: string): number {
  const quantity = toUnits(text, quantityPlaces)
  if (quantity) return quantity
  throw new Refusal('QUANTITY', `"${text}" is not a quantity above 0 with at most 3 decimal places.`)
}

export function centsOf({ amount, currency }: Pick<Posting, 'amount' | 'currency'>): number {
  const cents = toUnits(amount, moneyPlaces)
  if (cents !== undefined && currency === 'CNY') return cents
  const text = `"${amount} ${currency}" is not an amount in CNY with at most 2 decimal places.`
  throw new Refusal('AMOUNT', text)
}

function materialOf(db: ErpDatabase, code: string) {
  const material = db.material(code)
  if (material) return material
  const text = `${code} is not in the material master. Create it there, or correct the code in the MES.`
  throw new Refusal('UNKNOWN-MATERIAL', text)
}
