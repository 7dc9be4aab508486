import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ended, messages, settlement, timeOf } from '../../testing/store-suite/fixture.ts'
import { sqliteStore } from './sqlite-store.ts'
import { verifySqliteStore } from './verify.ts'

test('messages are found by their ids where the newest had been retired before a restart', async t => {
  const path = mkdtempSync(join(tmpdir(), 'isthmus-names-'))
  t.after(() => rmSync(path, { recursive: true }))
  const first = sqliteStore({ path, ballastBytes: 4096 })
  const claim = await first.claim('test')
  await first.accept(messages(500))
  const settled = Array.from({ length: 500 }, (_, n) => ended(n + 1))
  await first.settle(settlement(claim, 500, { settled }))
  while ((await first.retire({ before: timeOf(501) })) > 0);
  await first.close()

  const second = sqliteStore({ path, ballastBytes: 4096 })
  await second.claim('test')
  await second.accept(messages(1200, 501))
  for (const n of [501, 1024, 1025, 1700])
    assert.equal((await second.read.entries({ flow: 'orders', id: `id-${n}`, limit: 9 }))[0]?.seq, n)
  await second.close()
  assert.deepEqual(verifySqliteStore(path), [])
})
