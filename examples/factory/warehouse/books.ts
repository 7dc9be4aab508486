// What the warehouse reads of the ERP and of finance: books whose entries are numbered, and what they come to.
import { env, model, type Reading, read, system, Type } from 'isthmus'
import { duckdb } from 'isthmus/duckdb'
import { xml } from 'isthmus/rest'
import { sqlText } from 'isthmus/sql'
import { erpDatabase, finance } from '../systems.ts'

export const dw = system('dw', {
  kind: 'warehouse',
  connector: duckdb({ file: env('WAREHOUSE'), memory: '512MB' }),
})

export const Text = Type.String()
export const day = Type.String({ format: 'date' })
export const instant = Type.String({ format: 'date-time' })
export const money = Type.String({ pattern: '^-?\\d+\\.\\d{2}$' })
export const quantity = Type.String({ pattern: '^-?\\d+\\.\\d{3}$' })

/** Entries of one answer. */
export const pageSize = 2_000
/** Numbers up to 0 are of the years before. */
const beginning = -1_000_000_000

export const Page = model('Page', { version: 1, schema: Type.Object({ after: Type.Integer() }) })

export const firstPage = ({ since }: Pick<Reading, 'since'>) => ({
  after: since === undefined ? beginning : Number(since),
})
export const nextPage = (numbers: readonly number[]) => {
  const last = numbers.at(-1)
  return numbers.length < pageSize || last === undefined ? undefined : { after: last }
}
/** What has a number is never changed: a run reads what has been added. */
export const markOf = (number: number) => String(Math.max(0, number))

/** How the entries of a book are read that have come to it since the run before. */
export const added = <T extends { readonly no: number }>() => ({
  request: firstPage,
  rows: (rows: readonly T[]) => rows,
  next: (rows: readonly T[]) => nextPage(rows.map(({ no }) => no)),
  mark: ({ no }: T) => markOf(no),
})

export const IssueRow = Type.Object({
  no: Type.Integer(),
  reference: Text,
  work_order: Text,
  material: Text,
  quantity,
  booked_at: instant,
})
export const PostingRow = Type.Object({
  no: Type.Integer(),
  reference: Text,
  work_order: Text,
  debit: Text,
  credit: Text,
  amount: money,
  booked_at: instant,
})
export const EntryRow = Type.Object({
  no: Type.Integer(),
  reference: Text,
  kind: Text,
  customer: Text,
  amount: money,
  booked_at: instant,
})
export const MovementRow = Type.Object({
  no: Type.Integer(),
  order_no: Text,
  kind: Text,
  product: Text,
  pieces: Type.Integer(),
  booked_at: instant,
})

export const issueBook = erpDatabase.query('issue-book', {
  request: Page,
  response: model('IssueRows', { version: 1, schema: Type.Array(IssueRow) }),
  limit: pageSize,
  sql: ({ after }) => sqlText`
    select number as no, reference, work_order, material, booked_at,
      printf('%d.%03d', quantity / 1000, quantity % 1000) as quantity
    from issues where number > ${after} order by number limit ${pageSize}`,
})
export const postingBook = erpDatabase.query('posting-book', {
  request: Page,
  response: model('PostingRows', { version: 1, schema: Type.Array(PostingRow) }),
  limit: pageSize,
  sql: ({ after }) => sqlText`
    select number as no, reference, work_order, debit, credit, booked_at,
      printf('%d.%02d', cents / 100, cents % 100) as amount
    from postings where number > ${after} order by number limit ${pageSize}`,
})
export const entryBook = erpDatabase.query('entry-book', {
  request: Page,
  response: model('EntryRows', { version: 1, schema: Type.Array(EntryRow) }),
  limit: pageSize,
  sql: ({ after }) => sqlText`
    select number as no, reference, kind, customer, booked_at,
      printf('%d.%02d', cents / 100, cents % 100) as amount
    from bills where number > ${after} order by number limit ${pageSize}`,
})
export const movementBook = erpDatabase.query('movement-book', {
  request: Page,
  response: model('MovementRows', { version: 1, schema: Type.Array(MovementRow) }),
  limit: pageSize,
  sql: ({ after }) => sqlText`
    select no, order_no, kind, product, pieces, booked_at
    from movements where no > ${after} order by no limit ${pageSize}`,
})

const Nothing = model('Nothing', { version: 1, schema: Type.Object({}) })

export const materialList = erpDatabase.query('material-list', {
  request: Nothing,
  response: model('MaterialRows', {
    version: 1,
    schema: Type.Array(
      Type.Object({ code: Text, unit: Text, price: Type.String({ pattern: '^\\d+\\.\\d{4}$' }) }),
    ),
  }),
  sql: () =>
    sqlText`select code, unit, printf('%d.%04d', price / 10000, price % 10000) as price from materials order by code`,
})
export const productList = erpDatabase.query('product-list', {
  request: Nothing,
  response: model('ProductRows', { version: 1, schema: Type.Array(Type.Object({ code: Text })) }),
  sql: () => sqlText`select code from products order by code`,
})

// What the books say of themselves, up to a moment: what is booked later may or may not be read yet.

export const Moment = model('Moment', { version: 1, schema: Type.Object({ before: instant }) })

export const issueTotals = erpDatabase.query('issue-totals', {
  request: Moment,
  one: true,
  response: model('IssueTotals', { version: 1, schema: Type.Object({ entries: Type.Integer(), quantity }) }),
  sql: ({ before }) => sqlText`
    select count(*) as entries,
      printf('%d.%03d', coalesce(sum(quantity), 0) / 1000, coalesce(sum(quantity), 0) % 1000) as quantity
    from issues where booked_at < ${before}`,
})
/** XML has texts. */
const count = Type.String({ pattern: '^\\d+$' })
export const ledgerBalance = finance.operation('ledger-balance', {
  method: 'GET',
  path: '/ledger/balance',
  query: moment => moment,
  request: Moment,
  response: model('LedgerBalance', {
    version: 1,
    schema: Type.Object({
      Postings: count,
      Amount: money,
      Entries: count,
      Customers: money,
    }),
  }),
  responseCodec: xml({ root: 'LedgerBalance' }),
  effect: read,
})

/** Entries that bear a time before this moment have been written by now, and read by the run that ends with the period. */
export const settled = (until: string) => new Date(Date.parse(until) - 2_000).toISOString()
