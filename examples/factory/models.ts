import { model, Type } from 'isthmus'

/** What the MES sends: its own codes, units and clock. */
export const MesConsumption = model('MesConsumption', {
  version: 1,
  key: 'eventId',
  pii: ['operator'],
  schema: Type.Object({
    eventId: Type.String(),
    workOrder: Type.String(),
    line: Type.String(),
    material: Type.String(),
    qty: Type.Union([Type.String(), Type.Number()]),
    uom: Type.String({ examples: ['KG', 'G', 'T', 'M', 'PCS'] }),
    lot: Type.String(),
    consumedAt: Type.String({ description: 'Local time of the plant, without zone' }),
    operator: Type.String(),
  }),
})

/**
 * The canonical record of material taken by production. Terms of ISA-95: a material actual of a job response, with the
 * use `Consumed`. Source: IEC 62264-2 (material model) and IEC 62264-4 (job response).
 */
export const MaterialIssue = model('MaterialIssue', {
  version: 1,
  key: 'issueNo',
  schema: Type.Object({
    issueNo: Type.String(),
    jobOrderId: Type.String(),
    equipmentId: Type.String(),
    materialDefinitionId: Type.String({ pattern: '^[A-Z0-9-]+$' }),
    materialLotId: Type.String(),
    materialUse: Type.Literal('Consumed'),
    quantity: Type.String({ description: 'In unitOfMeasure, 3 decimal places', pattern: '^\\d+\\.\\d{3}$' }),
    unitOfMeasure: Type.Union([Type.Literal('KG'), Type.Literal('M'), Type.Literal('PCS')]),
    consumedAt: Type.String({ format: 'date-time' }),
  }),
})

export const CostQuestion = model('CostQuestion', {
  version: 1,
  schema: Type.Object({ material: Type.String() }),
})

/** What the ERP tells. */
export const StandardCost = model('StandardCost', {
  version: 1,
  key: 'Material',
  schema: Type.Object({
    Material: Type.String(),
    Unit: Type.String(),
    Price: Type.String({ description: 'Per unit, 4 decimal places' }),
    Currency: Type.Literal('CNY'),
  }),
})

/** What the ERP takes as a goods issue. */
export const StockIssue = model('StockIssue', {
  version: 1,
  key: 'Reference',
  schema: Type.Object({
    Reference: Type.String(),
    WorkOrder: Type.String(),
    Material: Type.String(),
    Quantity: Type.String(),
    Unit: Type.String(),
    IssuedAt: Type.String(),
  }),
})

/** What finance takes: production cost (5001) to raw materials (1403). */
export const LedgerPosting = model('LedgerPosting', {
  version: 1,
  key: 'Reference',
  schema: Type.Object({
    Reference: Type.String(),
    WorkOrder: Type.String(),
    Debit: Type.Literal('5001'),
    Credit: Type.Literal('1403'),
    Amount: Type.String({ pattern: '^\\d+\\.\\d{2}$' }),
    Currency: Type.Literal('CNY'),
  }),
})
