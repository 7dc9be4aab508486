import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import { mysqlDialect } from './mysql/dialect.ts'
import { postgresDialect } from './postgres/dialect.ts'
import { sqlText } from './sql-text.ts'
import { TableRows, tableCells } from './table-rows.ts'

interface Item {
  readonly id: string
  readonly day: string
  readonly note?: string
}

const Item = model('Item', {
  version: 1,
  schema: Type.Object({ id: Type.String(), day: Type.String(), note: Type.Optional(Type.String()) }),
})

const upsert = {
  table: 'mes.items',
  mode: 'upsert',
  key: ['id'],
  columns: { id: 'id', day: (item: Item) => sqlText`to_date(${item.day}, ${'YYYYMMDD'})`, note: 'note' },
  update: { seen: sqlText`items.seen + ${1}`, day: 'keep' },
} as const

const rows = new TableRows<Item>(upsert, tableCells<Item>(Item, upsert), postgresDialect)
const item = (n: number, note?: string): Item => ({ id: `i${n}`, day: '20260501', ...(note ? { note } : {}) })

describe('rows of a table', () => {
  it('become one statement with every value as a parameter', () => {
    const [statement, ...others] = rows.statements([item(2, 'b'), item(1, 'a')])
    assert.deepEqual(others, [])
    assert.equal(
      statement?.text,
      'insert into "mes"."items" ("id", "day", "note") values ($1, to_date($2, $3), $4), ($5, to_date($6, $7), $8)' +
        ' on conflict ("id") do update set "note" = excluded."note", "seen" = items.seen + $9',
    )
    assert.deepEqual(statement?.values, [
      'i1',
      '20260501',
      'YYYYMMDD',
      'a',
      'i2',
      '20260501',
      'YYYYMMDD',
      'b',
      1,
    ])
    const owners = statement?.values.map((_, index) => statement.columnOf?.(index + 1))
    assert.deepEqual(owners, ['id', 'day', 'day', 'note', 'id', 'day', 'day', 'note', undefined])
  })

  it('are sent in few different texts, whatever their number', () => {
    const texts = new Set<string>()
    for (let count = 1; count <= 500; count++) {
      const statements = rows.statements(Array.from({ length: count }, (_, n) => item(n)))
      const parameters = statements.reduce((sum, { values }) => sum + values.length - 1, 0)
      assert.equal(parameters, count * 3)
      for (const { text } of statements) texts.add(text)
    }
    assert.equal(texts.size, 8)
  })

  it('are one statement where a whole batch may be one', () => {
    const whole = new TableRows<Item>(upsert, tableCells<Item>(Item, upsert), mysqlDialect)
    const counts = [500, 499].map(
      count => whole.statements(Array.from({ length: count }, (_, n) => item(n))).length,
    )
    assert.deepEqual(counts, [1, 7])
  })

  it('that say different columns, or meet one row, come in statements of their own', () => {
    const statements = rows.statements([item(1, 'a'), item(2), item(1, 'b'), item(3, 'c')])
    assert.deepEqual(
      statements.map(({ values }) => values.filter(value => /^i\d/.test(String(value)))),
      [['i1', 'i3'], ['i1'], ['i2']],
    )
  })

  it('are refused without a key', () => {
    assert.throws(() => rows.statements([{ day: '1' } as Item]), { code: 'TARGET-REFUSED' })
  })
})
