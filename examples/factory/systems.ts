// The systems of the factory, how each is reached, and what a repeated call does to it.
import { env, idempotent, read, secret, system } from 'isthmus'
import { graphql } from 'isthmus/graphql'
import { ldap, ldapFilter } from 'isthmus/ldap'
import { bearer, hmac, rest, xml } from 'isthmus/rest'
import { soap, usernameToken } from 'isthmus/soap'
import { sql } from 'isthmus/sql'
import * as models from './models.ts'

/** The user as whom we log in, and as whom the logs of CRM and ERP know what we have changed. */
export const ourUser = 'isthmus'

const timeouts = { connect: '2s', firstByte: '3s', total: '5s' }

// The MES: JSON over HTTP. It calls us with what its stations report.
const mes = system('mes', {
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
const erp = system('erp', {
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

// What has changed the ERP does not tell by SOAP: its database keeps a log.
const erpLog = system('erp-log', { kind: 'erp', connector: sql({ url: env('ERP_DATABASE') }) })
export const creditChanges = erpLog.changes('credit-changes', models.ErpCreditChange, {
  table: 'customer_changes',
  cursor: { time: 'changed_at', key: 'no' },
  every: '1s',
})

// Finance: XML over HTTP.
const finance = system('finance', {
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

// The CRM: GraphQL.
const crm = system('crm', {
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
const hrm = system('hrm', {
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

export const systems = [mes, erp, erpLog, finance, crm, hrm]
