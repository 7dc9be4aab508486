import assert from 'node:assert/strict'
import type { Column, Warehouse } from '../../system/warehouse.ts'
import type { WarehouseSubject } from './fixture.ts'
import { column, inBatches, makeTable, never, rejectsWith, rowsOf, scenario } from './scenario.ts'

const deep = { list: [1, 'two', null, { three: true }], 'a "name"': '中文', empty: {} }

/** A column, what it is given, and what is read where that is something else. */
const held: readonly (readonly [column: Column, cells: readonly unknown[], read?: readonly unknown[]])[] = [
  [
    column('text', 'text'),
    ['', ' ', `it's "quoted" \\N \\. ; -- \t\r\n`, '中文 😀 é', 'null', 'x'.repeat(100_000)],
  ],
  [
    column('integer', 'integer'),
    [0, -1, 9007199254740991, '9007199254740993', '9223372036854775807', '-9223372036854775808', '12'],
    [0, -1, 9007199254740991, '9007199254740993', '9223372036854775807', '-9223372036854775808', 12],
  ],
  [
    column('money', 'decimal', { precision: 18, scale: 2 }),
    ['0.10', '-12.50', '9999999999999999.99', '-9999999999999999.99', 7, 0.1, '1.500'],
    ['0.10', '-12.50', '9999999999999999.99', '-9999999999999999.99', '7.00', '0.10', '1.50'],
  ],
  [
    column('wide', 'decimal', { precision: 38, scale: 9 }),
    ['12345678901234567890123456789.123456789', '-0.000000001', '1e3', 1e-7],
    ['12345678901234567890123456789.123456789', '-0.000000001', '1000.000000000', '0.000000100'],
  ],
  [column('number', 'number'), [0, 0.1, -1.5e300, 5e-324, 1.7976931348623157e308, 123456789.12345679]],
  [column('boolean', 'boolean'), [true, false]],
  [column('date', 'date'), ['2026-05-01', '0001-01-01', '1582-10-10', '2024-02-29', '9999-12-31']],
  [
    column('instant', 'instant'),
    [
      '2026-05-01T08:30:00Z',
      '2026-05-01T08:30:00.123Z',
      '2026-05-01T08:30:00.123456Z',
      '2026-05-01T08:30:00+08:00',
      '1969-12-31T23:59:59.999999Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
    ],
    [
      '2026-05-01T08:30:00Z',
      '2026-05-01T08:30:00.123Z',
      '2026-05-01T08:30:00.123456Z',
      '2026-05-01T00:30:00Z',
      '1969-12-31T23:59:59.999999Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
    ],
  ],
  [column('json', 'json'), [deep, [], [1.5, '1.50'], 'text', 12, true, { amount: '0.10' }]],
]

const refused: readonly (readonly [column: Column, cell: unknown])[] = [
  [column('text', 'text'), 1],
  [column('text', 'text'), 'half \ud83d'],
  [column('text', 'text', { required: true }), null],
  [column('integer', 'integer'), 1.5],
  [column('integer', 'integer'), '9223372036854775808'],
  [column('integer', 'integer'), 'secret'],
  [column('money', 'decimal', { precision: 18, scale: 2 }), '0.101'],
  [column('money', 'decimal', { precision: 18, scale: 2 }), '10000000000000000'],
  [column('money', 'decimal', { precision: 18, scale: 2 }), 'NaN'],
  [column('number', 'number'), Number.NaN],
  [column('boolean', 'boolean'), 'true'],
  [column('date', 'date'), '2026-02-29'],
  [column('date', 'date'), '2026-05-01T00:00:00Z'],
  [column('instant', 'instant'), '2026-05-01T08:30:00'],
  [column('instant', 'instant'), '2026-05-01T24:30:00Z'],
]

export function typeScenarios(subject: WarehouseSubject): void {
  for (const [held_, cells, read = cells] of held)
    scenario(`keeps ${held_.name} (${held_.type}) as it is`, subject, async given => {
      const warehouse = await given.open()
      assert.deepEqual(await kept(warehouse, held_, [null, ...cells]), [null, ...read])
    })

  scenario(
    'refuses what is not fit for its column, naming row and column but not the value',
    subject,
    async given => {
      const warehouse = await given.open()
      const columns = new Set(refused.map(([each]) => each))
      for (const each of columns) await makeTable(warehouse, `t${[...columns].indexOf(each)}`, [each])
      for (const [each, cell] of refused) {
        const table = `t${[...columns].indexOf(each)}`
        const rows = inBatches([[cell]])
        const error = await rejectsWith(warehouse.append(table, [each], rows, never), 'TARGET-REFUSED')
        assert.match(error.message, new RegExp(`Row 1, column ${each.name}`))
        assert.doesNotMatch(error.message, /secret/)
        assert.deepEqual(await rowsOf(warehouse, `select * from ${table}`), [])
      }
    },
  )

  scenario('tells columns of one name apart', subject, async given => {
    const rows = await rowsOf(await given.open(), 'select 1 as a, 2 as a, 3 as b, 4 as a')
    assert.deepEqual(rows, [{ a: 1, 'a:1': 2, b: 3, 'a:2': 4 }])
  })

  scenario('reads dates and instants of queries in UTC', subject, async given => {
    const warehouse = await given.open()
    const [row] = await rowsOf(
      warehouse,
      `select timestamptz '2026-05-01 00:30:00+08' as at, cast(timestamptz '2026-05-01 00:30:00+08' as date) as day,
        cast('12.50' as decimal(18,2)) * 2 as twice, count(*) as n, cast(null as text) as nothing`,
    )
    assert.deepEqual(row, {
      at: '2026-04-30T16:30:00Z',
      day: '2026-04-30',
      twice: '25.00',
      n: 1,
      nothing: null,
    })
  })
}

/** What comes back of cells that are appended in a column. */
async function kept(warehouse: Warehouse, held: Column, cells: readonly unknown[]): Promise<unknown[]> {
  const columns = [column('row', 'integer', { required: true }), held]
  await makeTable(warehouse, 'kept', columns)
  const rows = cells.map((cell, row) => [row, cell])
  assert.equal(await warehouse.append('kept', columns, inBatches(rows), never), cells.length)
  return (await rowsOf(warehouse, 'select * from kept order by "row"')).map(row => row[held.name])
}
