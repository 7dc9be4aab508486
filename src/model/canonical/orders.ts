import { Type } from 'typebox'
import { model } from '../model.ts'
import {
  customerParty,
  period,
  personal,
  personalOfCustomer,
  personalOfSupplier,
  supplierParty,
} from './party.ts'
import {
  allowanceCharge,
  delivery,
  deliveryTerms,
  documentHead,
  item,
  monetaryTotal,
  orderReference,
  price,
  taxTotal,
} from './trade.ts'
import { amount, code, currency, flag, id, list, maybe, quantity, text, unmapped } from './values.ts'

const { customization, profile, copy, uuid, issueDate, issueTime, notes } = documentHead

/** Source: UBL code list LineStatusCode. */
const lineStatus = code('UBL cac:LineItem/cbc:LineStatusCode', [
  'NoStatus',
  'Added',
  'Cancelled',
  'Disputed',
  'Revised',
])

const lineFields = {
  notes: maybe(list(text('UBL cbc:Note'))),
  lineNo: id('UBL cac:LineItem/cbc:ID'),
  salesOrderLineNo: maybe(text('UBL cac:LineItem/cbc:SalesOrderID')),
  status: maybe(lineStatus),
  quantity: maybe(quantity('UBL cac:LineItem/cbc:Quantity')),
  lineAmount: maybe(amount('UBL cac:LineItem/cbc:LineExtensionAmount')),
  taxAmount: maybe(amount('UBL cac:LineItem/cbc:TotalTaxAmount')),
  partialDelivery: maybe(flag('UBL cac:LineItem/cbc:PartialDeliveryIndicator')),
  costCode: maybe(text('UBL cac:LineItem/cbc:AccountingCostCode')),
  deliveries: maybe(list(delivery('UBL cac:LineItem/cac:Delivery*'))),
  price: maybe(priceAt('UBL cac:LineItem/cac:Price')),
  item: item('UBL cac:LineItem/cac:Item'),
}

function priceAt(terms: string) {
  return Type.Object(price.properties, { title: 'Price', $comment: terms })
}

const line = Type.Object(lineFields, { $comment: 'UBL cac:OrderLine' })
const orderedLine = Type.Object(
  { ...lineFields, quantity: quantity('UBL cac:LineItem/cbc:Quantity') },
  { $comment: 'UBL cac:OrderLine' },
)

const buyer = customerParty('UBL cac:BuyerCustomerParty')
const seller = supplierParty('UBL cac:SellerSupplierParty')
const originator = maybe(customerParty('UBL cac:OriginatorCustomerParty'))

const order = {
  customization,
  profile,
  orderNo: id('UBL cbc:ID'),
  salesOrderNo: maybe(text('UBL cbc:SalesOrderID')),
  copy,
  uuid,
  issueDate,
  issueTime,
  type: maybe(text('UBL cbc:OrderTypeCode')),
  notes,
  currency: maybe(currency('UBL cbc:DocumentCurrencyCode')),
  customerReference: maybe(text('UBL cbc:CustomerReference')),
  costCode: maybe(text('UBL cbc:AccountingCostCode')),
  validity: maybe(period('UBL cac:ValidityPeriod')),
  contractNo: maybe(text('UBL cac:Contract/cbc:ID')),
  contractType: maybe(text('UBL cac:Contract/cbc:ContractType')),
  buyer,
  seller,
  originator,
  deliveries: maybe(list(delivery('UBL cac:Delivery'))),
  deliveryTerms: maybe(list(deliveryTerms)),
  conditions: maybe(list(text('UBL cac:TransactionConditions/cbc:Description*'))),
  allowances: maybe(list(allowanceCharge)),
  taxes: maybe(list(taxTotal)),
  total: maybe(monetaryTotal('UBL cac:AnticipatedMonetaryTotal')),
  lines: list(orderedLine, { minItems: 1 }),
  unmapped,
}

const pii = [
  ...['buyer', 'originator'].flatMap(personalOfCustomer),
  ...personalOfSupplier('seller'),
  ...personal('deliveries.party'),
]

/** An order as the seller has it: what a customer wants of us. */
export const SalesOrder = model('SalesOrder', {
  version: 1,
  key: 'orderNo',
  schema: Type.Object(order, { $comment: 'UBL Order' }),
  pii,
})

/** The same order as the buyer has it: what we want of a supplier. */
export const PurchaseOrder = model('PurchaseOrder', {
  version: 1,
  key: 'orderNo',
  schema: Type.Object(order, { $comment: 'UBL Order' }),
  pii,
})

/** What is different in an order that was sent: its lines say what they are now. */
export const OrderChange = model('OrderChange', {
  version: 1,
  key: 'changeNo',
  schema: Type.Object(
    {
      customization,
      profile,
      changeNo: id('UBL cbc:ID'),
      copy,
      uuid,
      issueDate,
      issueTime,
      sequence: id('UBL cbc:SequenceNumberID'),
      notes,
      currency: maybe(currency('UBL cbc:DocumentCurrencyCode')),
      order: orderReference('UBL cac:OrderReference'),
      buyer,
      seller,
      originator,
      deliveries: maybe(list(delivery('UBL cac:Delivery'))),
      allowances: maybe(list(allowanceCharge)),
      taxes: maybe(list(taxTotal)),
      total: maybe(monetaryTotal('UBL cac:AnticipatedMonetaryTotal')),
      lines: list(line, { minItems: 1 }),
      unmapped,
    },
    { $comment: 'UBL OrderChange' },
  ),
  pii,
})

/** What the seller says to an order: which lines it takes. */
export const OrderResponse = model('OrderResponse', {
  version: 1,
  key: 'responseNo',
  schema: Type.Object(
    {
      customization,
      profile,
      responseNo: id('UBL cbc:ID'),
      salesOrderNo: maybe(text('UBL cbc:SalesOrderID')),
      copy,
      uuid,
      issueDate,
      issueTime,
      responseCode: maybe(text('UBL cbc:OrderResponseCode')),
      notes,
      currency: maybe(currency('UBL cbc:DocumentCurrencyCode')),
      orders: list(orderReference('UBL cac:OrderReference'), { minItems: 1 }),
      seller,
      buyer,
      originator,
      deliveries: maybe(list(delivery('UBL cac:Delivery'))),
      lines: maybe(list(line)),
      unmapped,
    },
    { $comment: 'UBL OrderResponse' },
  ),
  pii,
})
