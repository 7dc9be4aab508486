import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Type } from 'typebox'
import { IsthmusError } from '../../src/errors.ts'
import { pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { model } from '../../src/model/model.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Requester } from '../../src/system/roles.ts'
import { duckdbFile } from '../integration/warehouse-harness.ts'
import { answering, changedRows, declaredWarehouse as dw, startProcess } from './worn-plant.ts'

const person = { by: 'ann', why: 'test' }
const hour = 3_600_000
const Line = model('Line', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.Integer(), amount: Type.String(), changed: Type.String() }),
})
const lines = table(dw, 'lines', Line, { from: changedRows().validate(Line) })
const night = pipeline('night', {
  tables: [lines],
  schedule: { every: '1h', missed: 'none' },
  retry: { times: 1, pause: '1ms' },
})

it('a backfill goes on behind a stop, and takes up a run that a person let go on', {
  timeout: 500_000,
}, async () => {
  const rows = [{ no: 1, amount: '1', changed: '1' }]
  const answer = answering(() => rows)
  let mode: 'fails' | 'hangs' | 'answers' = 'fails'
  const requester: Requester = {
    async ask(items, signal) {
      if (mode === 'fails') return [{ ok: false, error: new IsthmusError('TARGET-REFUSED', 'no') }]
      if (mode === 'answers') return await answer.ask(items, signal)
      return await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new IsthmusError('TARGET-UNAVAILABLE', 'gone'))),
      )
    },
  }
  const made = await duckdbFile()
  const opened = await made.open()
  const store = memoryStore()
  const { token } = await store.claim('test')
  const process = async () => {
    const worn = startProcess({ pipelines: [night], store, token, warehouse: opened.warehouse(), requester })
    await worn.pipelines.start()
    return worn
  }
  const orders = async () =>
    (await store.read.streams.heads({ kind: 'backfill', open: true, limit: 9 })).length
  const isOver = async (open: number) => {
    while ((await orders()) !== open) await new Promise(resolve => setTimeout(resolve, 5))
  }
  const until = Math.floor(Date.now() / hour) * hour
  const first = await process()
  await first.pipelines.backfill('night', person, { from: until - 2 * hour, until, parallel: 1 })
  await isOver(0)
  mode = 'hangs'
  const key = new Date(until).toISOString()
  await first.pipelines.resume('night', key, person)
  await first.pipelines.backfill('night', person, {
    from: until - 8 * hour,
    until: until - 2 * hour,
    parallel: 2,
  })
  await new Promise(resolve => setTimeout(resolve, 50))
  await first.pipelines.stop()
  assert.deepEqual(first.fatal, [])
  mode = 'answers'
  const second = await process()
  assert.equal((await second.over('night', key)).status, 'published')
  await isOver(0)
  const published = await store.read.streams.heads({
    kind: 'pipeline/night',
    states: ['published'],
    limit: 99,
  })
  assert.equal(published.length, 7)
  await second.pipelines.stop()
  assert.deepEqual(second.fatal, [])
  await opened.close()
  await made.destroy()
})
