import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import { system } from '../../system/system.ts'
import { pipeline } from './pipeline.ts'
import { namedScope, sqlModel, sqlText } from './sql-model.ts'
import { table } from './table.ts'

const One = model('One', { version: 1, schema: Type.Object({ one: Type.Integer() }) })
const dw = system('dw', { kind: 'warehouse', connector: { name: 'none', channels: () => ({}) } as never })
const named = (name: string) => ({ kind: 'table', system: 'dw', name }) as const

it('tables that queries name are made in their order, and circles are refused', () => {
  const late = table(dw, 'late', One, { from: sqlModel`select * from ${named('early')}` })
  const early = table(dw, 'early', One, { from: sqlModel`select 1 as one` })
  const { tables } = pipeline('p', { tables: [late, early] })
  assert.deepEqual(
    tables.map(({ name }) => name),
    ['early', 'late'],
  )
  const circle = table(dw, 'early', One, { from: sqlModel`select * from ${late}` })
  assert.throws(() => pipeline('p', { tables: [late, circle] }), /is made of it/)
  const own = table(dw, 'own', One, { from: sqlModel`select * from ${named('own')}` })
  assert.throws(() => pipeline('p', { tables: [own] }), /is made of it/)
})

it('a number behind a minus begins no comment', () => {
  assert.equal(
    sqlText(sqlModel`select 1 -${-1}, ${"'; drop table x; --"}`, namedScope),
    `select 1 -(-1), '''; drop table x; --'`,
  )
})
