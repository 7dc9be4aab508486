// Real-time material consumption tracking and cost accounting: what production takes, as the MES reports it, is posted
// to the stock of the ERP and, at standard cost, to the ledger of finance.
import { env, flow, idempotent, landscape, multiply, read, round, secret, system } from 'isthmus'
import { decimal, localTime, trim, upperCase } from 'isthmus/clean'
import { hmac, rest, xml } from 'isthmus/rest'
import {
  CostQuestion,
  LedgerPosting,
  MaterialIssue,
  MesConsumption,
  StandardCost,
  StockIssue,
} from './models.ts'
import { baseUnit, inBaseUnit } from './units.ts'

const mes = system('mes', { kind: 'mes', connector: rest() })

const consumptions = mes.webhook('consumptions', MesConsumption, { verify: hmac(secret('MES_HOOK_SECRET')) })

const timeouts = { connect: '2s', firstByte: '3s', total: '5s' }
const erp = system('erp', {
  kind: 'erp',
  allow: ['loopback'],
  connector: rest({ url: env('ERP_URL'), timeouts }),
})

const standardCost = erp.operation('standard-cost', {
  request: CostQuestion,
  response: StandardCost,
  method: 'GET',
  path: ({ material }) => `/materials/${encodeURIComponent(material)}/standard-cost`,
  responseCodec: xml({ root: 'StandardCost', schema: StandardCost.jsonSchema }),
  effect: read,
})

const issues = erp.send('issues', StockIssue, {
  method: 'POST',
  path: '/stock/issues',
  codec: xml({ root: 'StockIssue' }),
  effect: idempotent,
})

const finance = system('finance', {
  kind: 'finance',
  allow: ['loopback'],
  connector: rest({ url: env('FINANCE_URL'), timeouts }),
})

const postings = finance.send('postings', LedgerPosting, {
  method: 'POST',
  path: '/ledger/postings',
  codec: xml({ root: 'LedgerPosting' }),
  effect: idempotent,
})

const materialConsumption = flow('material-consumption')
  .from(consumptions)
  .clean({ workOrder: trim })
  // Issues add up in any order: one that needs a planner must not hold back the costs of the rest of its work order.
  .key(consumption => consumption.workOrder, { afterPark: 'continue' })
  .clean({
    material: [trim, upperCase],
    qty: decimal({ scale: 6 }),
    uom: [trim, upperCase],
    consumedAt: localTime('Asia/Shanghai'),
  })
  .map(MaterialIssue, {
    issueNo: consumption => consumption.eventId,
    jobOrderId: consumption => consumption.workOrder,
    equipmentId: consumption => consumption.line,
    materialDefinitionId: consumption => consumption.material,
    materialLotId: consumption => consumption.lot,
    materialUse: () => 'Consumed',
    quantity: consumption => inBaseUnit(consumption.qty, consumption.uom),
    unitOfMeasure: consumption => baseUnit(consumption.uom),
    consumedAt: consumption => consumption.consumedAt,
  })
  .enrich('cost', standardCost, issue => ({ material: issue.materialDefinitionId }))
  .to(issues, {
    Reference: issue => issue.issueNo,
    WorkOrder: issue => issue.jobOrderId,
    Material: issue => issue.materialDefinitionId,
    Quantity: issue => issue.quantity,
    Unit: issue => issue.unitOfMeasure,
    IssuedAt: issue => issue.consumedAt,
  })
  .to(postings, {
    Reference: issue => issue.issueNo,
    WorkOrder: issue => issue.jobOrderId,
    Debit: () => '5001',
    Credit: () => '1403',
    Amount: issue => round(multiply(issue.quantity, issue.cost.Price), 2),
    Currency: issue => issue.cost.Currency,
  })

export default landscape({ name: 'factory', systems: [mes, erp, finance], flows: [materialConsumption] })
