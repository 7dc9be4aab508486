import { Type } from 'typebox'
import { address, party, period } from './party.ts'
import {
  amount,
  baseQuantity,
  classification,
  date,
  decimal,
  flag,
  id,
  identifier,
  list,
  maybe,
  text,
  time,
} from './values.ts'

export const orderReference = (terms: string) =>
  Type.Object(
    {
      orderNo: id('UBL cbc:ID'),
      salesOrderNo: maybe(text('UBL cbc:SalesOrderID')),
      uuid: maybe(text('UBL cbc:UUID')),
      issueDate: maybe(date('UBL cbc:IssueDate')),
    },
    { title: 'Order reference', $comment: terms },
  )

export const orderLineReference = (terms: string) =>
  Type.Object(
    {
      lineNo: id('UBL cbc:LineID'),
      salesOrderLineNo: maybe(text('UBL cbc:SalesOrderLineID')),
      status: maybe(text('UBL cbc:LineStatusCode')),
      order: maybe(orderReference('UBL cac:OrderReference')),
    },
    { title: 'Order line reference', $comment: terms },
  )

export const documentReference = (terms: string) =>
  Type.Object(
    {
      id: id('UBL cbc:ID'),
      issueDate: maybe(date('UBL cbc:IssueDate')),
      type: maybe(text('UBL cbc:DocumentType')),
      uri: maybe(text('UBL cac:Attachment/cac:ExternalReference/cbc:URI')),
    },
    { title: 'Document reference', $comment: terms },
  )

export const delivery = (terms: string) =>
  Type.Object(
    {
      date: maybe(date('UBL cbc:ActualDeliveryDate')),
      time: maybe(time('UBL cbc:ActualDeliveryTime')),
      address: maybe(address('UBL cac:DeliveryAddress; UBL cac:DeliveryLocation/cac:Address')),
      locationId: maybe(identifier('UBL cac:DeliveryLocation/cbc:ID')),
      requested: maybe(period('UBL cac:RequestedDeliveryPeriod')),
      party: maybe(party('UBL cac:DeliveryParty')),
    },
    { title: 'Delivery', $comment: terms },
  )

export const deliveryTerms = Type.Object(
  {
    id: maybe(identifier('UBL cbc:ID')),
    terms: maybe(list(text('UBL cbc:SpecialTerms'))),
    locationId: maybe(identifier('UBL cac:DeliveryLocation/cbc:ID')),
  },
  { title: 'Delivery terms', $comment: 'UBL cac:DeliveryTerms' },
)

/** Added to a sum, or, where `charge` is false, taken off. */
export const allowanceCharge = Type.Object(
  {
    charge: flag('UBL cbc:ChargeIndicator'),
    reasonCode: maybe(text('UBL cbc:AllowanceChargeReasonCode')),
    reasons: maybe(list(text('UBL cbc:AllowanceChargeReason'))),
    factor: maybe(decimal('UBL cbc:MultiplierFactorNumeric')),
    amount: amount('UBL cbc:Amount'),
    base: maybe(amount('UBL cbc:BaseAmount')),
  },
  { title: 'Allowance or charge', $comment: 'UBL cac:AllowanceCharge' },
)

export const taxCategory = (terms: string) =>
  Type.Object(
    {
      id: maybe(identifier('UBL cbc:ID')),
      percent: maybe(decimal('UBL cbc:Percent')),
      exemptionCode: maybe(text('UBL cbc:TaxExemptionReasonCode')),
      exemption: maybe(list(text('UBL cbc:TaxExemptionReason'))),
      scheme: maybe(identifier('UBL cac:TaxScheme/cbc:ID')),
      schemeType: maybe(text('UBL cac:TaxScheme/cbc:TaxTypeCode')),
    },
    { title: 'Tax category', $comment: terms },
  )

export const taxTotal = Type.Object(
  {
    amount: amount('UBL cbc:TaxAmount'),
    evidence: maybe(flag('UBL cbc:TaxEvidenceIndicator')),
    subtotals: maybe(
      list(
        Type.Object(
          {
            taxable: maybe(amount('UBL cbc:TaxableAmount')),
            amount: amount('UBL cbc:TaxAmount'),
            category: taxCategory('UBL cac:TaxCategory'),
          },
          { $comment: 'UBL cac:TaxSubtotal' },
        ),
      ),
    ),
  },
  { title: 'Tax total', $comment: 'UBL cac:TaxTotal' },
)

export const monetaryTotal = (terms: string) =>
  Type.Object(
    {
      lines: maybe(amount('UBL cbc:LineExtensionAmount')),
      withoutTax: maybe(amount('UBL cbc:TaxExclusiveAmount')),
      withTax: maybe(amount('UBL cbc:TaxInclusiveAmount')),
      allowances: maybe(amount('UBL cbc:AllowanceTotalAmount')),
      charges: maybe(amount('UBL cbc:ChargeTotalAmount')),
      prepaid: maybe(amount('UBL cbc:PrepaidAmount')),
      rounding: maybe(amount('UBL cbc:PayableRoundingAmount')),
      payable: amount('UBL cbc:PayableAmount'),
    },
    { title: 'Monetary total', $comment: terms },
  )

export const lot = Type.Object(
  { lotNo: id('UBL cbc:LotNumberID'), expiryDate: maybe(date('UBL cbc:ExpiryDate')) },
  { title: 'Lot', $comment: 'UBL cac:ItemInstance*/cac:LotIdentification' },
)

/** What is traded, by the numbers of both sides. */
export const item = (terms: string) =>
  Type.Object(
    {
      descriptions: maybe(list(text('UBL cbc:Description'))),
      name: maybe(text('UBL cbc:Name')),
      buyerItemNo: maybe(id('UBL cac:BuyersItemIdentification/cbc:ID')),
      sellerItemNo: maybe(id('UBL cac:SellersItemIdentification/cbc:ID')),
      standardId: maybe(identifier('UBL cac:StandardItemIdentification/cbc:ID')),
      classifications: maybe(
        list(classification('UBL cac:CommodityClassification*/cbc:ItemClassificationCode')),
      ),
      taxCategories: maybe(list(taxCategory('UBL cac:ClassifiedTaxCategory'))),
      properties: maybe(
        list(
          Type.Object(
            { name: text('UBL cbc:Name'), value: maybe(text('UBL cbc:Value')) },
            { $comment: 'UBL cac:AdditionalItemProperty' },
          ),
        ),
      ),
      lots: maybe(list(lot)),
    },
    { title: 'Item', $comment: terms },
  )

export const price = Type.Object(
  {
    amount: amount('UBL cbc:PriceAmount'),
    base: maybe(baseQuantity('UBL cbc:BaseQuantity')),
    allowances: maybe(list(allowanceCharge)),
  },
  { title: 'Price', $comment: 'UBL cac:Price' },
)

/** The head of every document: who says in which process what the document may hold, its number and date. */
export const documentHead = {
  customization: maybe(text('UBL cbc:CustomizationID')),
  profile: maybe(identifier('UBL cbc:ProfileID')),
  copy: maybe(flag('UBL cbc:CopyIndicator')),
  uuid: maybe(text('UBL cbc:UUID')),
  issueDate: date('UBL cbc:IssueDate'),
  issueTime: maybe(time('UBL cbc:IssueTime')),
  notes: maybe(list(text('UBL cbc:Note'))),
}
