import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { Type } from 'typebox'
import { extract } from '../../src/flow/pipeline/extraction.ts'
import { type Pipeline, pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { trim } from '../../src/model/clean/text.ts'
import { model } from '../../src/model/model.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Requester } from '../../src/system/roles.ts'
import { duckdbFile, warehouseProducts } from '../integration/warehouse-harness.ts'
import { killAtEach } from '../pipelines/kills.ts'
import {
  declaredWarehouse as dw,
  type Row,
  rowsChannel,
  rowsIn,
  startProcess,
} from '../pipelines/worn-plant.ts'

const person = { by: 'ann', why: 'soak' }
const Line = model('Line', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.Integer(), amount: Type.String(), changed: Type.String() }),
})
const page = 10_000

/** Kills a run at every point, then loads `rows` rows, and repairs 50,000 that were set aside. */
export async function soakPipelines(rows: number, told: (line: string) => void): Promise<void> {
  for (const product of warehouseProducts)
    if (!product.skip)
      told(
        `${product.name}: survived ${await killAtEach(product, 1, [false, true])} kills, at every point of a run`,
      )
  await loadMany(rows, told)
}

/** Rows with one in `bad` that cannot be loaded until they are mended. */
function manyRows(rows: number): Requester {
  return {
    async ask(items) {
      const [{ behind }] = items.map(({ data }) => data as { behind: number }) as [{ behind: number }]
      const length = Math.min(page, rows - behind)
      const result = Array.from({ length }, (_, at): Row => {
        const no = behind + at + 1
        return { no, amount: ` ${no}.00 `, changed: String(no) }
      })
      return [{ ok: true, result }]
    },
  }
}

async function loadMany(rows: number, told: (line: string) => void): Promise<void> {
  let isMended = false
  const every = Math.max(1, Math.floor(rows / 50_000))
  const from = extract(rowsChannel, {
    request: () => ({ behind: 0, since: '' }),
    rows: found => found,
    next: found => (found.length < page ? undefined : { behind: found.at(-1)?.no ?? 0, since: '' }),
  })
    .clean({ amount: [trim] })
    .map(Line, {
      no: row => row.no,
      changed: row => row.changed,
      amount: row => {
        if (!isMended && row.no % every === 0) throw new Error('it is not mended yet')
        return row.amount
      },
    })
  const night: Pipeline = pipeline('night', { tables: [table(dw, 'lines', Line, { from })] })
  const made = await duckdbFile()
  const opened = await made.open()
  const store = memoryStore()
  const { token } = await store.claim('soak')
  const warehouse = opened.warehouse()
  const worn = startProcess({ pipelines: [night], store, token, warehouse, requester: manyRows(rows) })
  const timed = async (what: string, key: Promise<string>) => {
    const began = performance.now()
    const state = await worn.over('night', await key)
    assert.equal(state.status, 'published', JSON.stringify(state.failure))
    const { read, parked } = state.loaded.get('lines')?.counts ?? {}
    const peak = Math.round(process.resourceUsage().maxRSS / 1024)
    told(
      `${what}: ${read} rows read, ${parked} set aside, ${((performance.now() - began) / 1000).toFixed(1)} s, at most ${peak} MB`,
    )
  }
  await timed('load', worn.pipelines.order('night', person, { until: 1000 }))
  isMended = true
  await timed('repair', worn.pipelines.repair('night', new Date(1000).toISOString(), 'lines', person))
  assert.deepEqual(await rowsIn(warehouse, 'select count(*) as n, count(distinct no) as d from lines'), [
    { n: rows, d: rows },
  ])
  await worn.pipelines.stop()
  await opened.close()
  await made.destroy()
  await rm(`${made.url}.tmp`, { recursive: true, force: true })
}
