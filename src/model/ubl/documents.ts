import type { Codec } from '../../message/codec/codec.ts'
import type { Part } from '../../message/codec/document/part.ts'
import { Invoice } from '../canonical/invoice.ts'
import { OrderChange, OrderResponse, SalesOrder } from '../canonical/orders.ts'
import { InventoryReport, StockMove } from '../canonical/stock.ts'
import { partsOf } from '../document-parts.ts'
import type { Model } from '../model.ts'
import { type UblOptions, ublCodec } from './codec.ts'

/** Orders: a SalesOrder where they come in, a PurchaseOrder where they go out. */
export function order(options: UblOptions = {}): Codec {
  return ublCodec([{ root: 'Order', parts: partsFor(SalesOrder) }], options)
}

export function orderChange(options: UblOptions = {}): Codec {
  return ublCodec([{ root: 'OrderChange', parts: partsFor(OrderChange) }], options)
}

export function orderResponse(options: UblOptions = {}): Codec {
  return ublCodec([{ root: 'OrderResponse', parts: partsFor(OrderResponse) }], options)
}

/** Despatch advices as StockMove. */
export function despatchAdvice(options: UblOptions = {}): Codec {
  return ublCodec([{ root: 'DespatchAdvice', parts: partsFor(StockMove), missing: withoutOrder }], options)
}

/** Source: UBL 2.1, DespatchLine. Stock moves within a company have no order. */
function withoutOrder({ lines }: Readonly<Record<string, unknown>>): string | undefined {
  const all = Array.isArray(lines) ? (lines as { orderLines?: unknown[] }[]) : []
  const at = all.findIndex(line => !line.orderLines?.length)
  return at === -1 ? undefined : `lines[${at}].orderLines`
}

export function inventoryReport(options: UblOptions = {}): Codec {
  return ublCodec([{ root: 'InventoryReport', parts: partsFor(InventoryReport) }], options)
}

/** Invoices and credit notes: both are an Invoice, and its `kind` says which. */
export function invoice(options: UblOptions = {}): Codec {
  const parts = partsFor(Invoice)
  return ublCodec(
    [
      { root: 'Invoice', parts, fields: { kind: 'Invoice' } },
      { root: 'CreditNote', parts: asCreditNote(parts), fields: { kind: 'CreditNote' } },
    ],
    options,
  )
}

function partsFor({ jsonSchema }: Pick<Model, 'jsonSchema'>): Part[] {
  return partsOf(jsonSchema, { standard: 'UBL' })
}

const creditNames: Readonly<Record<string, string>> = {
  'cbc:InvoiceTypeCode': 'cbc:CreditNoteTypeCode',
  'cac:InvoiceLine': 'cac:CreditNoteLine',
  'cbc:InvoicedQuantity': 'cbc:CreditedQuantity',
}

/** Source: UBL 2.1, CreditNote: other names, another order, and no date on which it is due. */
function asCreditNote(parts: readonly Part[]): Part[] {
  const renamed = parts
    .filter(({ element }) => element !== 'cbc:DueDate')
    .map(part => ({ ...part, element: creditNames[part.element] ?? part.element }))
  return moved(renamed, 'cbc:TaxPointDate', 'cbc:CreditNoteTypeCode').map(part =>
    part.element === 'cac:CreditNoteLine' && part.kind === 'group'
      ? { ...part, parts: asCreditLine(part.parts) }
      : part,
  )
}

function asCreditLine(parts: readonly Part[]): Part[] {
  const renamed = parts.map(part => ({ ...part, element: creditNames[part.element] ?? part.element }))
  return moved(renamed, 'cac:TaxTotal', 'cac:AllowanceCharge')
}

/** With one element before another. */
function moved(parts: readonly Part[], element: string, before: string): Part[] {
  const rest = parts.filter(part => part.element !== element)
  const at = rest.findIndex(part => part.element === before)
  return [...rest.slice(0, at), ...parts.filter(part => part.element === element), ...rest.slice(at)]
}
