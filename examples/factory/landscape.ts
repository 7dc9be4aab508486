// The factory: what production takes is booked and valued, customers are the same in CRM and ERP, who works here may
// work at its machines and has hours in the ERP, orders of customers are known to stock and finance, and the ERP knows
// what the supplier asks. The systems are in systems.ts, the shapes of their data in models.ts.
import { add, flow, landscape, multiply, round } from 'isthmus'
import { decimal, localTime, trim, upperCase } from 'isthmus/clean'
import { brokers, carriedTopics, orderPlaced, priceChanged } from './events.ts'
import { MaterialIssue, Order } from './models.ts'
import { orderToCashFlows } from './order-to-cash/order-to-cash.ts'
import { sensorFlows, sensorSystems } from './sensors.ts'
import { transferFlows, warehouses } from './stock-transfer/stock-transfer.ts'
import {
  consumptions,
  creditChanges,
  creditTerms,
  customerChanges,
  customerOrders,
  employees,
  erpCustomers,
  goodsIssues,
  operators,
  ourUser,
  postings,
  purchasePrices,
  receivables,
  reservations,
  standardCost,
  supplierPrices,
  systems,
  timesheets,
  workingTime,
} from './systems.ts'
import { baseUnit, inBaseUnit } from './units.ts'
import { dw } from './warehouse/books.ts'
import { nightly } from './warehouse/nightly.ts'

/** MES → ERP → finance: consumption is posted to stock and, at standard cost, to the ledger. */
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
  .to(
    goodsIssues,
    {
      reference: issue => issue.issueNo,
      workOrder: issue => issue.jobOrderId,
      material: issue => issue.materialDefinitionId,
      quantity: issue => issue.quantity,
      unit: issue => issue.unitOfMeasure,
      issuedAt: issue => issue.consumedAt,
    },
    { unanswered: 'probe' }, // asks first whether it was booked
  )
  .to(postings, {
    Reference: issue => issue.issueNo,
    WorkOrder: issue => issue.jobOrderId,
    Debit: () => '5001',
    Credit: () => '1403',
    Amount: issue => round(multiply(issue.quantity, issue.cost.price), 2),
    Currency: issue => issue.cost.currency,
  })

// Customers go both ways. Each field has one system of record, and only its fields go to the other: names and places
// are the CRM's, credit terms the ERP's, so that no two changes are at odds. What we write into one is in its log too;
// there it bears our name, and does not come back. A log names every change, so that a person's change just before or
// after ours is another entry, and travels.

/** CRM → ERP: customers, their names and places. */
const customersToErp = flow('customers-to-erp')
  .from(customerChanges)
  .key(change => change.customer.number)
  .filter('our own change', change => change.changedBy !== ourUser)
  .to(erpCustomers, {
    number: change => change.customer.number,
    name: change => change.customer.name,
    city: change => change.customer.city,
  })

/** ERP → CRM: credit terms. */
const creditToCrm = flow('credit-to-crm')
  .from(creditChanges)
  .key(change => change.customer)
  .filter('our own change', change => change.changed_by !== ourUser)
  .to(creditTerms, {
    number: change => change.customer,
    creditLimit: change => change.credit_limit,
    paymentDays: change => change.payment_days,
  })

/** HRM → MES: employees as operators, by personnel number. */
const employeesToMes = flow('employees-to-mes')
  .from(employees)
  .key(person => person.employeeNumber)
  .to(operators, {
    number: person => person.employeeNumber,
    name: person => person.cn,
    team: person => person.departmentNumber,
    active: person => person.employeeType === 'active',
  })

/** HRM → ERP: the hours of each day, in a file each night. */
const hoursToErp = flow('hours-to-erp')
  .from(timesheets)
  .key(sheet => sheet.工号)
  .to(workingTime, {
    day: sheet => sheet.日期,
    number: sheet => sheet.工号,
    name: sheet => sheet.姓名,
    department: sheet => sheet.部门,
    hours: sheet => sheet.工时,
  })

// An order is published once. Stock and finance subscribe, each at its own pace.

/** Customers → who cares about orders. */
const orderIntake = flow('order-intake')
  .from(customerOrders)
  .key(({ data }) => data.buyer.party.id)
  .map(Order, {
    number: ({ data }) => data.begin.number,
    customer: ({ data }) => data.buyer.party.id,
    lines: ({ data }) =>
      data.lines.map(({ item, quantity, price }) => ({
        article: item.article,
        quantity: quantity.amount,
        unit: quantity.unit === 'PCE' ? ('PCS' as const) : ('M' as const),
        price: price.amount,
      })),
  })
  .to(orderPlaced)

/** Orders → ERP: what is ordered is kept for the customer. */
const ordersToStock = flow('orders-to-stock')
  .from(orderPlaced)
  .key(order => order.number)
  .to(reservations, {
    order: order => order.number,
    line: order => order.lines.map(({ article, quantity, unit }) => ({ material: article, quantity, unit })),
  })

/** Orders → finance: what the customer is going to pay. */
const ordersToFinance = flow('orders-to-finance')
  .from(orderPlaced)
  .key(order => order.customer)
  .to(receivables, {
    Reference: order => order.number,
    Customer: order => order.customer,
    Amount: order =>
      round(
        order.lines.reduce((sum, { quantity, price }) => add(sum, multiply(quantity, price)), '0'),
        2,
      ),
    Currency: () => 'CNY',
  })

/** Supplier → who cares about prices. */
const supplierPricing = flow('supplier-pricing')
  .from(supplierPrices)
  .key(price => price.article)
  .to(priceChanged)

/** Prices → ERP: what articles cost now. */
const pricesToErp = flow('prices-to-erp')
  .from(priceChanged)
  .key(price => price.article)
  .to(purchasePrices)

export default landscape({
  name: 'factory',
  systems: [...systems, ...warehouses, ...brokers, ...sensorSystems, dw],
  flows: [
    materialConsumption,
    customersToErp,
    creditToCrm,
    employeesToMes,
    hoursToErp,
    orderIntake,
    ordersToStock,
    ordersToFinance,
    supplierPricing,
    pricesToErp,
    ...orderToCashFlows,
    ...transferFlows,
    ...sensorFlows,
  ],
  topics: carriedTopics,
  pipelines: [nightly],
})
