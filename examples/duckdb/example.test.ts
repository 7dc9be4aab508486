import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

test('the turnover of a file stands in the warehouse once the pipeline has run', async t => {
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-example-'))
  process.chdir(folder)
  t.after(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync('data/in', { recursive: true })
  writeFileSync('data/in/sales.csv', 'region,amount\nnorth,0.10\nsouth,1.00\nnorth,0.20\n')
  const { default: landscape } = await import('./isthmus.ts')
  const store = memoryStore()
  const engine = await startEngine({
    landscape,
    store,
    claim: await store.claim('test'),
    host: realHost(),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: assert.ifError,
    watch: () => {},
  })
  const key = await engine.pipelines.order('turnover', { by: 'test', why: 'test' })
  let state = await engine.pipelines.state('turnover', key)
  while (!state || state.status === 'running') {
    await new Promise(resolve => setTimeout(resolve, 10))
    state = await engine.pipelines.state('turnover', key)
  }
  assert.equal(state.failure, undefined)
  const connection = await landscape.systems[0]?.connector.connect(connectContext())
  const rows = connection
    ?.warehouse?.()
    .query('select * from turnover order by region', new AbortController().signal)
  assert.deepEqual((await Array.fromAsync(rows ?? [])).flat(), [
    { region: 'north', amount: '0.30' },
    { region: 'south', amount: '1.00' },
  ])
  await connection?.close()
  await engine.stop()
})
