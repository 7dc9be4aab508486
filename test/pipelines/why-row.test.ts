import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText } from '../../src/connectors/sql/index.ts'
import { landscape } from '../../src/flow/landscape.ts'
import { extract } from '../../src/flow/pipeline/extraction.ts'
import { pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { unique } from '../../src/flow/pipeline/table-checks.ts'
import { decimal } from '../../src/model/clean/number.ts'
import { trim, upperCase } from '../../src/model/clean/text.ts'
import { model } from '../../src/model/model.ts'
import { SourceFiles } from '../../src/observe/lineage/source-text.ts'
import type { WhyRow } from '../../src/server/operations/pipelines/why/schemas.ts'
import { WhyRowView } from '../../src/server/operations/pipelines/why/why-row.ts'
import { OrderRow, openShop, type Plant, type Shop, shopSystem, startPlant, warehouseOf } from './shop.ts'

const person = { by: 'ann', why: 'test' }
const amount = Type.String({ pattern: '^-?\\d+\\.\\d{2}$' })

const Sale = model('Sale', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({
    no: Type.Integer(),
    code: Type.String(),
    buyer: Type.String(),
    day: Type.String({ format: 'date' }),
    amount,
  }),
})
const Sum = model('Sum', {
  version: 1,
  schema: Type.Object({ code: Type.String(), buyers: Type.String(), amount, above: Type.String() }),
})
const Customer = model('Customer', {
  version: 1,
  key: 'code',
  schema: Type.Object({ code: Type.String(), last: Type.String() }),
})
const Odd = model('Odd', {
  version: 1,
  key: 'code',
  schema: Type.Object({ code: Type.String(), running: Type.String(), most: Type.String() }),
})
const Question = model('Question', { version: 1, schema: Type.Object({ since: Type.String() }) })
const Rows = model('Rows', {
  version: 1,
  schema: Type.Array(OrderRow),
})

function salesOf(shop: Shop) {
  const erp = shopSystem(shop)
  const dw = warehouseOf(shop)
  const query = erp.query('sales', {
    request: Question,
    response: Rows,
    sql: ({ since }) =>
      sqlText`select no, customer, amount, day, changed from orders where changed > ${since} order by no`,
  })
  const rows = extract(query, {
    request: ({ since = '' }) => ({ since }),
    rows: all => all,
    mark: row => row.changed,
  })
    .clean({ customer: [trim, upperCase], amount: decimal({ scale: 2 }) })
    .map(Sale, {
      no: row => row.no,
      code: row => row.customer,
      buyer: row => `Mr ${row.customer}`,
      day: row => row.day,
      amount: row => row.amount,
    })
  const sales = table(dw, 'sales', Sale, { from: rows })
  const customers = table(dw, 'customers', Customer, {
    from: sqlModel`select code, max(buyer) as last from ${sales} group by code`,
    load: { history: ['code'] },
  })
  const sums = table(dw, 'sums', Sum, {
    from: sqlModel`
      select s.code, any_value(c.last) as buyers, sum(s.amount) as amount, any_value(s.amount) as above
      from ${sales} as s join ${customers} as c on c.code = s.code
      where s.amount > 0 group by s.code`,
    columns: { amount: 'decimal(18,2)', above: 'decimal(18,2)' },
    checks: [unique(['code'])],
  })
  const night = pipeline('night', { tables: [sales, customers, sums] })
  return { night, landscape: landscape({ name: 'why', systems: [erp, dw], flows: [], pipelines: [night] }) }
}

/** With tables whose rows cannot be followed to those they are made of. */
function withOdd(shop: Shop) {
  const { night, landscape: whole } = salesOf(shop)
  const sales = night.tables.find(({ name }) => name === 'sales')
  assert.ok(sales)
  const dw = warehouseOf(shop)
  const odd = table(dw, 'odd', Odd, {
    from: sqlModel`
      with s as (select code, amount from ${sales})
      select code, sum(amount) as running, any_value((select max(amount) from s)) as most from s group by code`,
    columns: { running: 'decimal(18,2)', most: 'decimal(18,2)' },
  })
  const windowSums = table(dw, 'window_sums', Odd, {
    from: sqlModel`
      select code, max(running) as running, max(running) as most
      from (select code, sum(amount) over (order by no) as running from ${sales}) as s group by code`,
    columns: { running: 'decimal(18,2)', most: 'decimal(18,2)' },
  })
  const all = pipeline('night', { tables: [...night.tables, odd, windowSums] })
  return {
    night: all,
    landscape: landscape({ name: 'why', systems: whole.systems, flows: [], pipelines: [all] }),
  }
}

interface Night {
  readonly shop: Shop
  run(): Promise<string>
  why(key: string, field: string, table: string, showPii?: boolean): Promise<WhyRow | undefined>
}

async function withNight(work: (night: Night) => Promise<void>, make = salesOf) {
  const shop = openShop()
  const made = make(shop)
  const { night } = made
  const plant: Plant = await startPlant(shop, made.landscape.systems, [night])
  const { store, warehouse } = plant.engine.pipelines.options
  const view = new WhyRowView({ landscape: made.landscape, files: new SourceFiles(), reader: store.read })
  const seen = { pipeline: () => true }
  const over = async (key: string) => {
    const state = await plant.over('night', key)
    assert.equal(state.status, 'published', state.failure?.reason)
    return key
  }
  try {
    await work({
      shop,
      run: async () => over(await plant.engine.pipelines.order('night', person)),
      why: async (key, field, name, showPii = true) => {
        const query = { key, field, table: name, showPii }
        return view.of(query, view.find(query, seen), warehouse('dw'), seen)
      },
    })
  } finally {
    await plant.stop()
  }
}

const runsOf = (row: WhyRow | undefined) => row?.writers.map(({ run }) => run)

describe('why a value of a warehouse is as it is', () => {
  it('shows a row of an extraction with its cleaners and mapping, the runs that may have written it, and rows set aside', async () => {
    await withNight(async ({ shop, run, why }) => {
      shop.add(1, ' acme ', '10.5')
      shop.add(2, 'Bolt', 'many')
      shop.add(3, 'acme', '2')
      const first = await run()
      const row = await why('1', 'amount', 'sales')
      assert.deepEqual([row?.value, row?.key], ['10.50', [{ column: 'no', value: 1 }]])
      assert.deepEqual([runsOf(row), row?.more, row?.writers[0]?.sameTable], [[first], false, true])
      const { steps = [], channel, fields } = row?.source ?? {}
      assert.deepEqual([channel, fields], ['shop.sales', ['amount']])
      const [mapped, cleaned] = steps
      assert.deepEqual(
        [steps.length, mapped?.rules[0]?.text, cleaned?.rules[0]?.name],
        [2, 'row => row.amount', 'decimal({ scale: 2 })'],
      )
      assert.match(`${mapped?.rules[0]?.file}:${mapped?.rules[0]?.line}`, /why-row\.test\.ts:\d+$/)
      const cleaners = (await why('1', 'code', 'dw.sales'))?.source?.steps[1]?.rules
      assert.deepEqual(
        cleaners?.map(({ name }) => name),
        ['trim', 'upperCase'],
      )

      assert.equal(await why('2', 'amount', 'sales'), undefined)
      shop.add(1, 'acme', '11')
      shop.add(4, 'acme', '4')
      const second = await run()
      // Number 3 was not read again, which no log tells: either run may have written what stands there.
      assert.deepEqual(runsOf(await why('3', 'amount', 'sales')), [second, first])
      shop.add(1, 'acme', 'much')
      const third = await run()
      const row1 = await why('1', 'amount', 'sales')
      assert.deepEqual(
        [runsOf(row1), row1?.value],
        [[second, first], '11.00'],
        'a run without rows wrote none',
      )
      assert.deepEqual(
        row1?.setAside.map(({ run: key, state, data }) => [key, state, (data as { amount: string }).amount]),
        [[third, 'parked', 'much']],
      )
      assert.match(String(row1?.setAside[0]?.reason), /much/)
      assert.deepEqual((await why('4', 'amount', 'sales'))?.setAside, [])
    })
  })

  it('shows the rows that a query made a value of, over groups and joins; what cannot be told is not', async () => {
    await withNight(async ({ shop, run, why }) => {
      shop.add(1, 'acme', '10.5')
      shop.add(2, 'bolt', '7')
      shop.add(3, 'acme', '-2')
      const first = await run()
      const sum = await why('ACME', 'amount', 'sums')
      assert.deepEqual([sum?.value, sum?.key], ['10.50', [{ column: 'code', value: 'ACME' }]])
      assert.deepEqual([runsOf(sum), sum?.more], [[first], false])
      const { uses: _, ...input } = sum?.inputs[0] ?? {}
      assert.deepEqual(
        [sum?.inputs.length, input],
        [
          1,
          {
            table: 'dw.sales',
            where: [{ column: 'code', value: 'ACME' }],
            columns: ['code', 'amount'],
            rows: [
              ['ACME', '-2.00'],
              ['ACME', '10.50'],
            ],
            count: 2,
            filtered: true,
          },
        ],
      )
      const joined = await why('code=ACME', 'buyers', 'sums')
      assert.deepEqual(
        joined?.inputs.map(({ table: name, rows }) => [name, rows]),
        [['dw.customers', [['ACME', 'Mr ACME']]]],
      )
      shop.add(4, 'acme', '1')
      const second = await run()
      assert.deepEqual(
        runsOf(await why('ACME', 'amount', 'sums')),
        [second],
        'what is replaced is of the last run',
      )
      const old = await why('ACME', 'last', 'customers')
      assert.deepEqual([old?.rows, runsOf(old)?.at(-1)], [1, first])

      const unknown = async (field: string) =>
        (await why('ACME', field, 'odd'))?.inputs.map(each => each.unknown)
      assert.deepEqual(await unknown('running'), ['the query takes its rows at more than one place'])
      assert.deepEqual(await unknown('most'), ['the query takes its rows at more than one place'])
      assert.deepEqual(
        (await why('ACME', 'running', 'window_sums'))?.inputs.map(each => each.unknown),
        ['a window of the query may look at rows of other keys'],
      )
      await assert.rejects(why('ACME', 'nothing', 'sums'), /has no column nothing. It has code, buyers/)
      await assert.rejects(why('ACME', 'x', 'none'), /no table none/)
      await assert.rejects(why('no=many', 'code', 'sales'), /Could not convert/)
      assert.equal(await why("x' or '1'='1", 'amount', 'sums'), undefined)
    }, withOdd)
  })

  it('masks what personal data were made into, also where no model says so', async () => {
    await withNight(async ({ shop, run, why }) => {
      shop.add(1, 'acme', '1')
      await run()
      const sale = await why('1', 'buyer', 'sales', false)
      assert.deepEqual([sale?.value, sale?.masked], ['***', true])
      const last = await why('ACME', 'last', 'customers', false)
      assert.deepEqual([last?.value, last?.inputs[0]?.rows], ['***', [['ACME', '***']]])
      const joined = await why('ACME', 'buyers', 'sums', false)
      assert.ok(!JSON.stringify([sale, last, joined]).includes('Mr ACME'))
      assert.equal((await why('ACME', 'buyers', 'sums'))?.value, 'Mr ACME')
    })
  })
})
