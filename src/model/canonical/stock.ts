import { Type } from 'typebox'
import { model } from '../model.ts'
import { bod } from './bod.ts'
import {
  customerParty,
  party,
  period,
  personal,
  personalOfCustomer,
  personalOfSupplier,
  supplierParty,
} from './party.ts'
import { delivery, documentHead, item, orderLineReference, orderReference } from './trade.ts'
import { amount, code, currency, id, list, maybe, quantity, text, unmapped } from './values.ts'

const { customization, profile, copy, uuid, issueDate, issueTime, notes } = documentHead

const moveLine = Type.Object(
  {
    lineNo: id('UBL cbc:ID'),
    notes: maybe(list(text('UBL cbc:Note'))),
    status: maybe(text('UBL cbc:LineStatusCode')),
    quantity: quantity('UBL cbc:DeliveredQuantity'),
    backorder: maybe(quantity('UBL cbc:BackorderQuantity')),
    backorderReasons: maybe(list(text('UBL cbc:BackorderReason'))),
    orderLines: maybe(list(orderLineReference('UBL cac:OrderLineReference'))),
    item: item('UBL cac:Item'),
  },
  { $comment: 'UBL cac:DespatchLine' },
)

/** Goods that go from one place or party to another. */
export const StockMove = model('StockMove', {
  version: 1,
  key: 'moveNo',
  schema: Type.Object(
    {
      customization,
      profile,
      moveNo: id('UBL cbc:ID'),
      copy,
      uuid,
      issueDate,
      issueTime,
      status: maybe(text('UBL cbc:DocumentStatusCode')),
      type: maybe(text('UBL cbc:DespatchAdviceTypeCode')),
      notes,
      orders: maybe(list(orderReference('UBL cac:OrderReference'))),
      from: supplierParty('UBL cac:DespatchSupplierParty'),
      to: customerParty('UBL cac:DeliveryCustomerParty'),
      /** Of moves within a company; a despatch advice has no place for them. */
      fromLocation: maybe(id('ISA-95 OperationalLocation')),
      toLocation: maybe(id('ISA-95 OperationalLocation')),
      shipmentNo: maybe(id('UBL cac:Shipment/cbc:ID')),
      delivery: maybe(delivery('UBL cac:Shipment/cac:Delivery')),
      lines: list(moveLine, { minItems: 1 }),
      unmapped,
    },
    { $comment: 'UBL DespatchAdvice' },
  ),
  pii: [...personalOfSupplier('from'), ...personalOfCustomer('to'), ...personal('delivery.party')],
})

const reportLine = Type.Object(
  {
    lineNo: id('UBL cbc:ID'),
    notes: maybe(list(text('UBL cbc:Note'))),
    quantity: quantity('UBL cbc:Quantity'),
    value: maybe(amount('UBL cbc:InventoryValueAmount')),
    status: maybe(text('UBL cbc:AvailabilityStatusCode')),
    item: item('UBL cac:Item'),
    location: maybe(text('UBL cac:InventoryLocation/cbc:ID')),
  },
  { $comment: 'UBL cac:InventoryReportLine' },
)

/** What is in stock, as one partner tells it another. */
export const InventoryReport = model('InventoryReport', {
  version: 1,
  key: 'reportNo',
  schema: Type.Object(
    {
      customization,
      profile,
      reportNo: id('UBL cbc:ID'),
      copy,
      uuid,
      issueDate,
      issueTime,
      notes,
      currency: maybe(currency('UBL cbc:DocumentCurrencyCode')),
      period: maybe(period('UBL cac:InventoryPeriod')),
      retailer: customerParty('UBL cac:RetailerCustomerParty'),
      reporter: party('UBL cac:InventoryReportingParty'),
      seller: maybe(supplierParty('UBL cac:SellerSupplierParty')),
      lines: list(reportLine, { minItems: 1 }),
      unmapped,
    },
    { $comment: 'UBL InventoryReport' },
  ),
  pii: [...personalOfCustomer('retailer'), ...personalOfSupplier('seller'), ...personal('reporter')],
})

/** Source: ISA-95, the disposition of a lot. */
const disposition = maybe(
  code('B2MML Disposition', ['Planned', 'In-Process', 'Restricted', 'UnRestricted', 'Closed', 'Other']),
)

const lotFields = {
  lotNo: id('B2MML ID'),
  descriptions: maybe(list(text('B2MML Description'))),
  material: maybe(id('B2MML MaterialDefinitionID')),
  status: maybe(text('B2MML Status')),
  disposition,
}
const location = maybe(text('B2MML StorageLocation/Location'))
const quantities = maybe(list(quantity('B2MML Quantity')))

const { material: _, ...sublotFields } = lotFields

/** The lots of a material and where they lie, as the shop floor has them. */
export const MaterialLots = model('MaterialLots', {
  version: 1,
  key: 'id',
  schema: Type.Object(
    {
      id: id('B2MML ID'),
      descriptions: maybe(list(text('B2MML Description'))),
      lots: list(
        Type.Object(
          {
            ...lotFields,
            sublots: maybe(
              list(
                Type.Object({ ...sublotFields, location, quantities }, { $comment: 'B2MML MaterialSubLot' }),
              ),
            ),
            location,
            quantities,
          },
          { $comment: 'B2MML MaterialLot' },
        ),
      ),
      message: maybe(bod),
      unmapped,
    },
    { $comment: 'B2MML MaterialInformation' },
  ),
})
