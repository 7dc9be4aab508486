import { type ErpDatabase, moneyPlaces, pricePlaces, quantityPlaces } from './database.ts'
import { fromUnits, toUnits } from './fixed-point.ts'
import { accounts } from './master-data.ts'
import { Refusal } from './refusal.ts'

export interface GoodsIssue {
  readonly reference: string
  readonly workOrder: string
  readonly material: string
  readonly quantity: string
  readonly unit: string
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
  const quantity = toUnits(issue.quantity, quantityPlaces)
  if (!quantity)
    throw new Refusal(
      'QUANTITY',
      `"${issue.quantity}" is not a quantity above 0 with at most 3 decimal places.`,
    )
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

/** Gives the document's number. */
export function postLedger(db: ErpDatabase, posting: Posting): number {
  const { reference, workOrder, debit, credit, currency } = posting
  const cents = toUnits(posting.amount, moneyPlaces)
  if (!reference || !workOrder) throw new Refusal('INCOMPLETE', 'Reference and WorkOrder are required.')
  if (cents === undefined || currency !== 'CNY')
    throw new Refusal(
      'AMOUNT',
      `"${posting.amount} ${currency}" is not an amount in CNY with at most 2 decimal places.`,
    )
  const unknown = [debit, credit].find(account => !accounts.includes(account))
  if (unknown !== undefined) throw new Refusal('UNKNOWN-ACCOUNT', `There is no account "${unknown}".`)
  return db.addPosting(reference, workOrder, debit, credit, cents)
}

function materialOf(db: ErpDatabase, code: string) {
  const material = db.material(code)
  if (material) return material
  const text = `${code} is not in the material master. Create it there, or correct the code in the MES.`
  throw new Refusal('UNKNOWN-MATERIAL', text)
}
