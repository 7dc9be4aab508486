import { model, Type } from 'isthmus'
import { edifactMessage } from 'isthmus/edi'
import { ordersMessage } from './order-layout.ts'

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
  key: 'material',
  schema: Type.Object({
    material: Type.String(),
    unit: Type.String(),
    price: Type.String({ description: 'Per unit' }),
    currency: Type.Literal('CNY'),
  }),
})

/** What the ERP takes out of stock. */
export const GoodsIssue = model('GoodsIssue', {
  version: 1,
  key: 'reference',
  schema: Type.Object({
    reference: Type.String(),
    workOrder: Type.String(),
    material: Type.String(),
    quantity: Type.String(),
    unit: Type.String(),
    issuedAt: Type.String(),
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

/** One entry of the CRM's log: who changed a customer, and how it was then. */
export const CrmCustomerChange = model('CrmCustomerChange', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.Integer(),
    changedAt: Type.String({ format: 'date-time' }),
    changedBy: Type.String(),
    customer: Type.Object({ number: Type.String(), name: Type.String(), city: Type.String() }),
  }),
})

/** What the ERP takes of a customer from elsewhere. */
export const ErpCustomer = model('ErpCustomer', {
  version: 1,
  key: 'number',
  schema: Type.Object({ number: Type.String(), name: Type.String(), city: Type.String() }),
})

/** One entry of the ERP's log, what it says of credit. */
export const ErpCreditChange = model('ErpCreditChange', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.Integer(),
    changed_by: Type.String(),
    customer: Type.String(),
    credit_limit: Type.Integer({ description: 'Whole CNY' }),
    payment_days: Type.Integer(),
  }),
})

/** What the CRM takes of a customer from elsewhere. */
export const CreditTerms = model('CreditTerms', {
  version: 1,
  key: 'number',
  schema: Type.Object({
    number: Type.String(),
    creditLimit: Type.Integer({ description: 'Whole CNY' }),
    paymentDays: Type.Integer(),
  }),
})

/** An entry of the HRM's directory: its attributes are those of inetOrgPerson (RFC 2798). */
export const Employee = model('Employee', {
  version: 1,
  key: 'employeeNumber',
  pii: ['cn'],
  schema: Type.Object({
    employeeNumber: Type.String(),
    cn: Type.String(),
    departmentNumber: Type.String(),
    employeeType: Type.Enum(['active', 'left']),
  }),
})

/** Who may work at a station of the MES. */
export const Operator = model('Operator', {
  version: 1,
  key: 'number',
  pii: ['name'],
  schema: Type.Object({
    number: Type.String({ description: 'Personnel number' }),
    name: Type.String(),
    team: Type.String(),
    active: Type.Boolean(),
  }),
})

/** What a customer sends. */
export const EdiOrder = model('EdiOrder', { version: 1, schema: edifactMessage(ordersMessage) })

/** An order of a customer, as everybody in the factory knows it. */
export const Order = model('Order', {
  version: 1,
  key: 'number',
  schema: Type.Object({
    number: Type.String(),
    customer: Type.String(),
    lines: Type.Array(
      Type.Object({
        article: Type.String(),
        quantity: Type.String(),
        unit: Type.Enum(['PCS', 'M']),
        price: Type.String({ description: 'CNY per unit' }),
      }),
    ),
  }),
})

/** What the ERP keeps for a customer: all lines of an order, or none. */
export const Reservation = model('Reservation', {
  version: 1,
  key: 'order',
  schema: Type.Object({
    order: Type.String(),
    line: Type.Array(
      Type.Object({ material: Type.String(), quantity: Type.String(), unit: Type.Enum(['PCS', 'M']) }),
    ),
  }),
})

/** What finance is going to get for an order. */
export const Receivable = model('Receivable', {
  version: 1,
  key: 'Reference',
  schema: Type.Object({
    Reference: Type.String(),
    Customer: Type.String(),
    Amount: Type.String({ pattern: '^\\d+\\.\\d{2}$' }),
    Currency: Type.Literal('CNY'),
  }),
})

/** What the supplier asks for an article, and the ERP's table of it. */
export const PurchasePrice = model('PurchasePrice', {
  version: 1,
  key: 'article',
  schema: Type.Object({
    article: Type.String(),
    name: Type.String(),
    price: Type.String({ description: 'CNY per unit', pattern: '^\\d+\\.\\d{4}$' }),
    version: Type.Integer({ description: 'How often the supplier has set it' }),
  }),
})

/** What a sensor of a station says. */
export const Temperature = model('Temperature', {
  version: 1,
  schema: Type.Object({
    station: Type.String(),
    no: Type.Integer({ description: 'Number of the reading' }),
    celsius: Type.String(),
  }),
})

/** A row of what the HRM drops each night: day, personnel number, name, department, hours. */
export const Timesheet = model('Timesheet', {
  version: 1,
  pii: ['姓名'],
  schema: Type.Object({
    日期: Type.String(),
    工号: Type.String(),
    姓名: Type.String(),
    部门: Type.String(),
    工时: Type.String(),
  }),
})

/** The ERP's table of the hours that were worked. */
export const WorkingTime = model('WorkingTime', {
  version: 1,
  pii: ['name'],
  schema: Type.Object({
    day: Type.String({ format: 'date' }),
    number: Type.String({ description: 'Personnel number' }),
    name: Type.String(),
    department: Type.String(),
    hours: Type.String({ pattern: '^\\d+\\.\\d{2}$' }),
  }),
})
