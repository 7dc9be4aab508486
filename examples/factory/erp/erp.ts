import { createHash } from 'node:crypto'
import type { Call, Reply } from '../simulated/service.ts'
import { type ErpDatabase, moneyPlaces, pricePlaces, quantityPlaces } from './database.ts'
import { fromUnits, toUnits } from './fixed-point.ts'
import { accounts } from './master-data.ts'
import { readXml, writeXml } from './xml.ts'

type Fields = Readonly<Record<string, string>>

/** The business interface of the ERP, stock and finance: XML over HTTP. */
export function erpInterface(db: ErpDatabase): (call: Call) => Reply {
  return call => {
    const cost = /^GET \/materials\/([^/]+)\/standard-cost$/.exec(call.what)
    if (cost) return standardCost(db, decodeURIComponent(cost[1] as string))
    if (call.what === 'POST /stock/issues') return booked(db, call, 'StockIssue', issueStock)
    if (call.what === 'POST /ledger/postings') return booked(db, call, 'LedgerPosting', postLedger)
    return refusal(404, 'UNKNOWN-ADDRESS', `There is no ${call.what} here.`)
  }
}

function standardCost(db: ErpDatabase, code: string): Reply {
  const material = db.material(code)
  if (!material) return refusal(404, 'UNKNOWN-MATERIAL', unknownMaterial(code))
  const price = fromUnits(material.price, pricePlaces)
  return document(200, 'StandardCost', { Material: code, Unit: material.unit, Price: price, Currency: 'CNY' })
}

/**
 * Books once per Idempotency-Key: a repeated request gets the first answer again and has no second effect. A refusal is
 * not remembered, since it changed nothing: after the cause is mended the same request may succeed.
 */
function booked(
  db: ErpDatabase,
  call: Call,
  root: string,
  book: (db: ErpDatabase, fields: Fields) => Reply,
): Reply {
  const key = call.headers['idempotency-key']
  if (typeof key !== 'string') return refusal(400, 'NO-KEY', 'The header Idempotency-Key is required.')
  const read = readXml(call.body)
  if (read?.root !== root) return refusal(400, 'NO-DOCUMENT', `The body must be an XML document ${root}.`)
  const request = createHash('sha256').update(`${call.what}\n${call.body}`).digest('hex')
  return db.transaction(() => {
    const first = db.remembered(key)
    if (first && first.request !== request)
      return refusal(422, 'KEY-REUSED', 'This Idempotency-Key was used for another request.')
    if (first) return { status: first.status, type: 'application/xml', body: first.body }
    const reply = book(db, read.fields)
    if (reply.status < 300) db.remember(key, { request, status: reply.status, body: reply.body })
    return reply
  })
}

function issueStock(db: ErpDatabase, fields: Fields): Reply {
  const { Reference = '', WorkOrder = '', Material: code = '', Unit: unit = '' } = fields
  const quantity = toUnits(fields.Quantity, quantityPlaces)
  if (!Reference || !WorkOrder) return refusal(422, 'INCOMPLETE', 'Reference and WorkOrder are required.')
  if (!quantity)
    return refusal(
      422,
      'QUANTITY',
      `"${fields.Quantity}" is not a quantity above 0 with at most 3 decimal places.`,
    )
  const material = db.material(code)
  if (!material) return refusal(422, 'UNKNOWN-MATERIAL', unknownMaterial(code))
  const wanted = `${fromUnits(quantity, quantityPlaces)} ${unit}`
  if (unit !== material.unit)
    return refusal(
      422,
      'WRONG-UNIT',
      `${code} is kept in ${material.unit}, so ${wanted} cannot be issued. Correct the unit of the consumption.`,
    )
  if (quantity > material.stock)
    return refusal(
      422,
      'NEGATIVE-STOCK',
      `Only ${fromUnits(material.stock, quantityPlaces)} ${unit} of ${code} are in stock, so ${wanted} cannot be ` +
        'issued. Post the missing goods receipt, or correct the quantity.',
    )
  const number = db.addIssue(Reference, WorkOrder, code, quantity)
  return document(201, 'StockDocument', { Number: number, Reference })
}

function postLedger(db: ErpDatabase, fields: Fields): Reply {
  const { Reference = '', WorkOrder = '', Debit = '', Credit = '', Currency } = fields
  const cents = toUnits(fields.Amount, moneyPlaces)
  if (!Reference || !WorkOrder) return refusal(422, 'INCOMPLETE', 'Reference and WorkOrder are required.')
  if (cents === undefined || Currency !== 'CNY')
    return refusal(
      422,
      'AMOUNT',
      `"${fields.Amount} ${Currency}" is not an amount in CNY with at most 2 decimal places.`,
    )
  const unknown = [Debit, Credit].find(account => !accounts.includes(account))
  if (unknown !== undefined) return refusal(422, 'UNKNOWN-ACCOUNT', `There is no account "${unknown}".`)
  const number = db.addPosting(Reference, WorkOrder, Debit, Credit, cents)
  return document(201, 'LedgerDocument', { Number: number, Reference })
}

function unknownMaterial(code: string): string {
  return `${code} is not in the material master. Create it there, or correct the code in the MES.`
}

function refusal(status: number, code: string, message: string): Reply {
  return document(status, 'Refusal', { Code: code, Message: message })
}

function document(
  status: number,
  root: string,
  fields: Readonly<Record<string, string | number | bigint>>,
): Reply {
  return { status, type: 'application/xml', body: writeXml(root, fields) }
}
