// The systems of the factory, how each is reached, and what a repeated call does to it.
import { env, idempotent, read, secret, system } from 'isthmus'
import { messageId } from 'isthmus/edi'
import { csv, edifact, files } from 'isthmus/files'
import { graphql } from 'isthmus/graphql'
import { ldap, ldapFilter } from 'isthmus/ldap'
import { bearer, hmac, rest, xml } from 'isthmus/rest'
import { soap, usernameToken } from 'isthmus/soap'
import { sql } from 'isthmus/sql'
import { web } from 'isthmus/web'
import * as models from './models.ts'
import { ordersMessage } from './order-layout.ts'

/** The user as whom we log in, and as whom the logs of CRM and ERP know what we have changed. */
export const ourUser = 'isthmus'

const timeouts = { connect: '2s', firstByte: '3s', total: '5s' }

// The MES: JSON over HTTP. It calls us with what its stations report.
export const mes = system('mes', {
  kind: 'mes',
  allow: ['loopback'],
  connector: rest({ url: env('MES_URL'), timeouts }),
})
export const consumptions = mes.webhook('consumptions', models.MesConsumption, {
  verify: hmac(secret('MES_HOOK_SECRET')),
})
export const operators = mes.send('operators', models.Operator, {
  method: 'PUT',
  path: ({ number }) => `/operators/${encodeURIComponent(number)}`,
  effect: idempotent,
})

// The ERP: SOAP. All flows together call it at most 400 times a second, 16 at a time.
export const erp = system('erp', {
  kind: 'erp',
  allow: ['loopback'],
  quota: '400/s',
  concurrency: 16,
  connector: soap({
    wsdl: './erp/erp.wsdl',
    url: env('ERP_URL'),
    security: usernameToken(ourUser, secret('ERP_PASSWORD'), { digest: true }),
    faults: { Maintenance: 'unavailable' }, // it says Server, and then has done nothing
    timeouts,
  }),
})
export const standardCost = erp.operation('standard-cost', {
  operation: 'GetStandardCost',
  request: models.CostQuestion,
  response: models.StandardCost,
  effect: read,
})
export const goodsIssues = erp.send('goods-issues', models.GoodsIssue, {
  operation: 'PostGoodsIssue',
  body: (issue, { effectKey }) => ({ requestId: effectKey, ...issue }),
  effect: idempotent, // it books a requestId once
  probe: {
    operation: 'FindDocument',
    body: (_, { effectKey }) => ({ requestId: effectKey }),
    done: answer => (answer as { document?: object }).document !== undefined,
  },
})
export const erpCustomers = erp.send('customers', models.ErpCustomer, {
  operation: 'PutCustomer',
  body: (customer, { effectKey }) => ({ requestId: effectKey, ...customer }),
  effect: idempotent,
})

export const reservations = erp.send('reservations', models.Reservation, {
  operation: 'ReserveGoods',
  body: (reservation, { effectKey }) => ({ requestId: effectKey, ...reservation }),
  effect: idempotent,
})

// What its SOAP service has no operation for: its database keeps a log of what has changed, and tables to be filled.
export const erpDatabase = system('erp-database', {
  kind: 'erp',
  connector: sql({ url: env('ERP_DATABASE') }),
})
export const creditChanges = erpDatabase.changes('credit-changes', models.ErpCreditChange, {
  table: 'customer_changes',
  cursor: { time: 'changed_at', key: 'no' },
  every: '1s',
})

export const purchasePrices = erpDatabase.table('purchase-prices', models.PurchasePrice, {
  table: 'purchase_prices',
  mode: 'upsert',
  key: ['article'],
})
export const workingTime = erpDatabase.table('working-time', models.WorkingTime, {
  table: 'working_time',
  mode: 'insert',
})

// Finance: XML over HTTP.
export const finance = system('finance', {
  kind: 'finance',
  allow: ['loopback'],
  connector: rest({ url: env('FINANCE_URL'), timeouts }),
})
export const postings = finance.send('postings', models.LedgerPosting, {
  method: 'POST',
  path: '/ledger/postings',
  codec: xml({ root: 'LedgerPosting' }),
  effect: idempotent,
})

export const receivables = finance.send('receivables', models.Receivable, {
  method: 'POST',
  path: '/ledger/receivables',
  codec: xml({ root: 'Receivable' }),
  effect: idempotent,
})

// The CRM: GraphQL.
export const crm = system('crm', {
  kind: 'crm',
  allow: ['loopback'],
  connector: graphql({
    url: env('CRM_URL'),
    auth: bearer(secret('CRM_TOKEN')),
    schema: `${import.meta.dirname}/crm/crm.graphql`,
    timeouts,
  }),
})
export const customerChanges = crm.list('customer-changes', models.CrmCustomerChange, {
  document: `query ($first: Int!, $after: String, $since: DateTime) {
    customerChanges(first: $first, after: $after, since: $since) {
      nodes { no changedAt changedBy customer { number name city } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  at: 'customerChanges',
  id: ({ no }) => String(no),
  changed: ({ changedAt }) => changedAt,
  every: '1s',
})
export const creditTerms = crm.send('credit-terms', models.CreditTerms, {
  document: `mutation ($requestId: ID!, $terms: CreditTerms!) {
    putCreditTerms(requestId: $requestId, terms: $terms) { number }
  }`,
  variables: (terms, { effectKey }) => ({ requestId: effectKey, terms }),
  effect: idempotent, // it does a requestId once
})

// The HRM: a directory of people. Who has left stays in it.
export const hrm = system('hrm', {
  kind: 'hrm',
  connector: ldap({
    url: env('HRM_URL'),
    user: `cn=${ourUser},dc=factory`,
    password: secret('HRM_PASSWORD'),
    timeout: '5s',
  }),
})
export const employees = hrm.entries('employees', models.Employee, {
  base: 'ou=people,dc=factory',
  filter: ldapFilter`(objectClass=inetOrgPerson)`,
  every: '1s',
})

// Each night the HRM puts a file into a folder, in the encoding of its country.
const hrmFiles = system('hrm-files', { kind: 'hrm', connector: files({ folder: env('HRM_FILES') }) })
export const timesheets = hrmFiles.read('timesheets', models.Timesheet, {
  pattern: 'working-time-*.csv',
  format: csv(),
  encoding: 'gb18030',
  settle: '0s', // it renames files into place
  every: '1s',
  id: sheet => `${sheet.日期} ${sheet.工号}`,
})

// A file that was read stands in the folder `done`: there the warehouse finds all days.
export const carriedTimesheets = hrmFiles.read('carried-timesheets', models.Timesheet, {
  folder: 'done',
  pattern: 'working-time-*.csv',
  format: csv(),
  encoding: 'gb18030',
})

// Customers: their orders arrive in a folder, as EDIFACT.
const customers = system('customers', { kind: 'other', connector: files({ folder: env('ORDERS') }) })
export const customerOrders = customers.read('orders', models.EdiOrder, {
  pattern: 'PO-*.edi',
  format: edifact({ layouts: [ordersMessage] }),
  settle: '0s',
  every: '1s',
  id: messageId,
})

// The supplier: nothing but a web site. It says itself in which encoding.
const supplier = system('supplier', {
  kind: 'other',
  allow: ['loopback', 'private'],
  connector: web({ url: env('SUPPLIER_URL'), pause: '100ms', timeouts }),
})
export const supplierPrices = supplier.list('prices', models.PurchasePrice, {
  path: '/prices',
  records: '#prices tbody tr',
  fields: {
    article: 'td:nth-child(1)',
    name: 'td:nth-child(2)',
    price: { at: 'td:nth-child(3)', read: text => text.replace(/^￥/, '') },
    version: { at: 'td:nth-child(4)', read: Number },
  },
  expect: { '#prices thead tr': '货号 名称 单价 版本' },
  pages: { next: 'a.next' },
  key: ({ article }) => article,
  every: '1s',
})

export const systems = [mes, erp, erpDatabase, finance, crm, hrm, hrmFiles, customers, supplier]
