import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startCap, startV2 } from '../../test/integration/odata-servers.ts'

const root = join(import.meta.dirname, '../..')

test('docs/connectors/odata.md shows the example as it runs', () => {
  const [, shown] =
    /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/connectors/odata.md'), 'utf8')) ?? []
  assert.equal(shown, readFileSync(join(import.meta.dirname, 'isthmus.ts'), 'utf8'))
})

test('orders of a V2 service arrive at a V4 service, with every digit', { timeout: 240_000 }, async t => {
  const [s4, portal] = await Promise.all([startV2(), startCap()])
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-odata-'))
  // This server keeps the records of each client apart.
  for (const [at, Amount] of ['1234567890123.40', '12.50'].entries())
    await s4.send('POST', 'Orders?sap-client=100', {
      OrderNo: `45000${at}`,
      Amount,
      Day: '/Date(1777852800000)/',
    })
  const env = { ...process.env, S4_URL: s4.url, S4_PASSWORD: 'secret', PORTAL_URL: portal.url }
  const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), 'start', import.meta.dirname], {
    env: { ...env, ISTHMUS_DATA: join(folder, 'data'), PORT: '0' },
    stdio: 'ignore',
  })
  t.after(async () => {
    child.kill('SIGKILL')
    await Promise.all([s4.close(), portal.close()])
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const arrived = async () => {
    const { value } = (await portal.send('GET', 'Orders?$orderby=no')) as { value: Record<string, unknown>[] }
    return value.map(({ no, amount, day }) => [no, amount, day])
  }
  while ((await arrived()).length < 2) await delay(50)
  assert.deepEqual(await arrived(), [
    ['450000', '1234567890123.40', '2026-05-04'],
    ['450001', '12.50', '2026-05-04'],
  ])
})
