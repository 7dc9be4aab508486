import assert from 'node:assert/strict'
import { Type } from 'typebox'
import { pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { model } from '../../src/model/model.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Warehouse } from '../../src/system/warehouse.ts'
import type { WarehouseProduct } from '../integration/warehouse-harness.ts'
import {
  answering,
  changedRows,
  declaredWarehouse as dw,
  type Row,
  rowsIn,
  type Stop,
  startProcess,
} from './worn-plant.ts'

const fields = {
  no: Type.Integer(),
  amount: Type.String({ pattern: '^\\d+\\.\\d{2}$' }),
  changed: Type.String(),
}
const Line = model('Line', { version: 1, key: 'no', schema: Type.Object(fields) })
const Sum = model('Sum', {
  version: 1,
  schema: Type.Object({ lines: Type.Integer(), amount: Type.String({ pattern: '^\\d+\\.\\d{2}$' }) }),
})

const lines = table(dw, 'lines', Line, { from: changedRows().validate(Line) })
const log = table(dw, 'log', Line, { from: changedRows().validate(Line), load: 'append' })
const sum = table(dw, 'total', Sum, {
  from: sqlModel`select count(*) as lines, sum(amount) as amount from ${lines}`,
})
const night = pipeline('night', { tables: [lines, log, sum], retry: { times: 3, pause: '1ms' } })

const person = { by: 'ann', why: 'test' }
const row = (no: number, amount: string, changed: number): Row => ({ no, amount, changed: String(changed) })

/** Kills at every so many points, before it or behind it; the number of kills. */
export async function killAtEach(
  { make }: WarehouseProduct,
  step: number,
  sides: readonly boolean[],
): Promise<number> {
  let kills = 0
  for (let at = 1; ; at += step)
    for (const behind of sides) {
      const made = await make()
      const opened = await made.open()
      try {
        if (!(await killAt(opened.warehouse(), { at, behind }))) {
          assert.ok(at > 15, `the run was over at point ${at}`)
          return kills
        }
        kills++
      } catch (error) {
        throw new Error(`${behind ? 'behind' : 'before'} point ${at}`, { cause: error })
      } finally {
        await opened.close()
        await made.destroy()
      }
    }
}

/**
 * Kills the process that does a run at one point, lets the next one take it up, and runs once more: everything must be
 * there once. False if the run was over before it came to the point.
 */
async function killAt(warehouse: Warehouse, stop: Stop): Promise<boolean> {
  const store = memoryStore()
  const { token } = await store.claim('test')
  const rows = [1, 2, 3, 4, 5].map(no => row(no, no === 4 ? 'four' : `${no}.00`, no))
  const options = { pipelines: [night], store, token, warehouse, requester: answering(() => rows) }
  const first = startProcess({ ...options, stop })
  const asked = { until: 1_000_000 }
  const ended = first.pipelines.order('night', person, asked).then(key => first.over('night', key))
  const isKilled = await Promise.race([first.stopped.then(() => true), ended.then(() => false)])
  const second = startProcess(options)
  await second.pipelines.start()
  const key = new Date(asked.until).toISOString()
  if (!(await second.pipelines.state('night', key))) await second.pipelines.order('night', person, asked)
  const state = await second.over('night', key)
  assert.equal(state.status, 'published', JSON.stringify(state.failure))
  for (const { counts } of state.loaded.values())
    assert.equal(counts.read, counts.filtered + counts.parked + counts.superseded + counts.written)
  rows.push(row(6, '6.00', 6))
  const next = await second.over('night', await second.pipelines.order('night', person, { until: 2_000_000 }))
  assert.equal(next.status, 'published', JSON.stringify(next.failure))
  assert.equal(next.loaded.get('log')?.counts.read, 1, 'the marks moved with publication')
  await second.pipelines.stop()
  assert.deepEqual([first.fatal, second.fatal], [[], []])
  await checkOnce(warehouse)
  return isKilled
}

async function checkOnce(warehouse: Warehouse): Promise<void> {
  const numbers = async (sql: string) => (await rowsIn(warehouse, sql)).map(({ no }) => no)
  assert.deepEqual(await numbers('select no from lines order by no'), [1, 2, 3, 5, 6])
  assert.deepEqual(await numbers('select no from log order by no'), [1, 2, 3, 5, 6])
  assert.deepEqual(await rowsIn(warehouse, 'select lines, amount from total'), [
    { lines: 5, amount: '17.00' },
  ])
  const parked = `select table_name, state from isthmus.parked_rows order by table_name`
  assert.deepEqual(await rowsIn(warehouse, parked), [
    { table_name: 'lines', state: 'parked' },
    { table_name: 'log', state: 'parked' },
  ])
  assert.equal((await rowsIn(warehouse, 'select run from isthmus.publications')).length, 2)
  const left = `select table_name from information_schema.tables where table_schema = 'isthmus_stage'`
  assert.deepEqual(await rowsIn(warehouse, left), [])
}
