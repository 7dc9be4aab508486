import { Type } from 'typebox'
import { model } from '../model.ts'
import {
  bankAccount,
  customerParty,
  party,
  period,
  personal,
  personalOfCustomer,
  personalOfSupplier,
  supplierParty,
} from './party.ts'
import {
  allowanceCharge,
  delivery,
  documentHead,
  documentReference,
  item,
  monetaryTotal,
  orderLineReference,
  orderReference,
  price,
  taxTotal,
} from './trade.ts'
import { amount, code, currency, date, id, list, maybe, quantity, text, unmapped } from './values.ts'

const { customization, profile, copy, uuid, issueDate, issueTime, notes } = documentHead

const paymentMeans = Type.Object(
  {
    code: id('UBL cbc:PaymentMeansCode'),
    dueDate: maybe(date('UBL cbc:PaymentDueDate')),
    channel: maybe(text('UBL cbc:PaymentChannelCode')),
    references: maybe(list(text('UBL cbc:PaymentID'))),
    account: maybe(bankAccount('UBL cac:PayeeFinancialAccount')),
  },
  { $comment: 'UBL cac:PaymentMeans' },
)

/** A credit note says what is credited as an invoice says what is owed: as a positive quantity. */
const line = Type.Object(
  {
    lineNo: id('UBL cbc:ID'),
    notes: maybe(list(text('UBL cbc:Note'))),
    quantity: maybe(quantity('UBL cbc:InvoicedQuantity')),
    lineAmount: amount('UBL cbc:LineExtensionAmount'),
    cost: maybe(text('UBL cbc:AccountingCost')),
    orderLines: maybe(list(orderLineReference('UBL cac:OrderLineReference'))),
    allowances: maybe(list(allowanceCharge)),
    taxes: maybe(list(taxTotal)),
    item: item('UBL cac:Item'),
    price: maybe(price),
  },
  { $comment: 'UBL cac:InvoiceLine' },
)

/** What is owed for what was delivered, or, of a credit note, no longer owed. */
export const Invoice = model('Invoice', {
  version: 1,
  key: 'invoiceNo',
  schema: Type.Object(
    {
      /** Which of the two documents it is. */
      kind: code('UBL /Invoice; UBL /CreditNote', ['Invoice', 'CreditNote']),
      customization,
      profile,
      invoiceNo: id('UBL cbc:ID'),
      copy,
      uuid,
      issueDate,
      issueTime,
      dueDate: maybe(date('UBL cbc:DueDate')),
      type: maybe(text('UBL cbc:InvoiceTypeCode')),
      notes,
      taxPointDate: maybe(date('UBL cbc:TaxPointDate')),
      currency: maybe(currency('UBL cbc:DocumentCurrencyCode')),
      cost: maybe(text('UBL cbc:AccountingCost')),
      buyerReference: maybe(text('UBL cbc:BuyerReference')),
      period: maybe(period('UBL cac:InvoicePeriod')),
      order: maybe(orderReference('UBL cac:OrderReference')),
      /** The invoices that a credit note is about. */
      billed: maybe(list(documentReference('UBL cac:BillingReference*/cac:InvoiceDocumentReference'))),
      contracts: maybe(list(documentReference('UBL cac:ContractDocumentReference'))),
      attachments: maybe(list(documentReference('UBL cac:AdditionalDocumentReference'))),
      supplier: supplierParty('UBL cac:AccountingSupplierParty'),
      customer: customerParty('UBL cac:AccountingCustomerParty'),
      payee: maybe(party('UBL cac:PayeeParty')),
      deliveries: maybe(list(delivery('UBL cac:Delivery'))),
      payments: maybe(list(paymentMeans)),
      paymentTerms: maybe(list(text('UBL cac:PaymentTerms/cbc:Note*'))),
      allowances: maybe(list(allowanceCharge)),
      taxes: maybe(list(taxTotal)),
      total: monetaryTotal('UBL cac:LegalMonetaryTotal'),
      lines: list(line, { minItems: 1 }),
      unmapped,
    },
    { $comment: 'UBL Invoice' },
  ),
  pii: [
    ...personalOfSupplier('supplier'),
    ...personalOfCustomer('customer'),
    ...personal('payee'),
    ...personal('deliveries.party'),
  ],
})
