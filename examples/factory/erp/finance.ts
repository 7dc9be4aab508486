import { createHash } from 'node:crypto'
import type { Call, Reply } from '../simulated/service.ts'
import { bookReceivable, centsOf, postLedger } from './books.ts'
import type { ErpDatabase } from './database.ts'
import { Refusal } from './refusal.ts'
import { readXml, writeXml } from './xml.ts'

/** The interface of finance, an older part of the ERP: XML over HTTP, once per Idempotency-Key. */
export function financeInterface(db: ErpDatabase): (call: Call) => Reply {
  return call => {
    if (call.what === 'GET /credit') return credit(db, call)
    if (call.what === 'GET /ledger/balance') return balance(db, call)
    const document = documents[call.what]
    if (!document) return refusal(404, 'UNKNOWN-ADDRESS', `There is no ${call.what} here.`)
    const key = call.headers['idempotency-key']
    if (typeof key !== 'string') return refusal(400, 'NO-KEY', 'The header Idempotency-Key is required.')
    const read = readXml(call.body)
    if (read?.root !== document.root)
      return refusal(400, 'NO-DOCUMENT', `The body must be an XML document ${document.root}.`)
    try {
      const { fields } = read
      const request = createHash('sha256').update(call.body).digest('hex')
      return xml(
        201,
        db.once(key, request, () => document.book(db, fields)),
      )
    } catch (error) {
      if (error instanceof Refusal) return refusal(422, error.code, error.message)
      throw error
    }
  }
}

type Fields = Readonly<Record<string, string>>

const documents: Readonly<
  Record<string, { root: string; book: (db: ErpDatabase, fields: Fields) => string }>
> = {
  'POST /ledger/postings': { root: 'LedgerPosting', book: post },
  'POST /ledger/receivables': { root: 'Receivable', book: receive },
  'POST /ledger/bills': { root: 'Bill', book: customerEntry('bill') },
  'POST /ledger/invoices': { root: 'Invoice', book: customerEntry('invoice') },
  'POST /ledger/revenues': { root: 'Revenue', book: customerEntry('revenue') },
  'POST /ledger/cancellations': { root: 'Cancellation', book: cancel },
}

/** Whether an order may be billed without anybody's decision. */
function credit(db: ErpDatabase, { query }: Call): Reply {
  const cents = centsOf({ amount: query.get('amount') ?? '', currency: 'CNY' })
  return xml(200, writeXml('Credit', db.bills.credit(cents)))
}

/** What stands in the ledger that was booked before a time. */
function balance(db: ErpDatabase, { query }: Call): Reply {
  return xml(200, writeXml('LedgerBalance', db.ledgerBefore(query.get('before') ?? '')))
}

function customerEntry(kind: 'bill' | 'invoice' | 'revenue') {
  return (db: ErpDatabase, { Reference = '', Customer = '', Amount = '', Currency = '' }: Fields) => {
    if (!Reference || !Customer) throw new Refusal('INCOMPLETE', 'Reference and Customer are required.')
    const cents = centsOf({ amount: Amount, currency: Currency })
    return writeXml('LedgerDocument', { Number: db.bills[kind](Reference, Customer, cents), Reference })
  }
}

function cancel(db: ErpDatabase, { Reference = '' }: Fields): string {
  if (!Reference) throw new Refusal('INCOMPLETE', 'Reference is required.')
  return writeXml('LedgerDocument', { Number: db.bills.cancel(Reference), Reference })
}

function receive(db: ErpDatabase, fields: Fields): string {
  const { Reference = '', Customer = '', Amount = '', Currency = '' } = fields
  const receivable = { reference: Reference, customer: Customer, amount: Amount, currency: Currency }
  return writeXml('LedgerDocument', { Number: bookReceivable(db, receivable), Reference })
}

function post(db: ErpDatabase, fields: Fields): string {
  const { Reference = '', WorkOrder = '', Debit = '', Credit = '', Amount = '', Currency = '' } = fields
  const number = postLedger(db, {
    reference: Reference,
    workOrder: WorkOrder,
    debit: Debit,
    credit: Credit,
    amount: Amount,
    currency: Currency,
  })
  return writeXml('LedgerDocument', { Number: number, Reference })
}

function refusal(status: number, code: string, message: string): Reply {
  return xml(status, writeXml('Refusal', { Code: code, Message: message }))
}

function xml(status: number, body: string): Reply {
  return { status, type: 'application/xml', body }
}
