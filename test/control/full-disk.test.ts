import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import disk from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, mock, type TestContext, test } from 'node:test'
import { landscape } from '../../src/index.ts'
import { startInstance } from '../../src/server/instance.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'

/** Every disk of this machine says that it is full. */
before(() => {
  mock.method(disk, 'statfs', async () => ({ bavail: 0, bsize: 4096 }))
  syncBuiltinESMExports()
})

/** Why an instance with this store accepts nothing; undefined when it does accept. */
async function closed(t: TestContext, environment: Record<string, string>): Promise<string | undefined> {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-disk-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  const plant = landscape({ name: 'plant', systems: [], flows: [] })
  const instance = await startInstance({
    landscape: plant,
    data,
    port: 0,
    control: { port: 0 },
    environment,
    log: () => {},
  })
  const status = await instance.operations.status()
  await instance.stop()
  return status.instance?.closed
}

test('a full disk closes admission where the store is on it', async t => {
  assert.match((await closed(t, {})) ?? '', /MiB of disk/)
})

test('a full disk of this machine does not close admission for a store in PostgreSQL', {
  skip: withoutPostgres,
}, async t => {
  const schema = freshSchema()
  t.after(() => dropSchema(schema))
  const url = new URL(testUrl)
  url.searchParams.set('schema', schema)
  assert.equal(await closed(t, { ISTHMUS_STORE: url.href }), undefined)
})
