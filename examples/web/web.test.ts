import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

const root = join(import.meta.dirname, '../..')

test('examples/web keeps the prices of the supplier in the ERP', { timeout: 240_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-web-'))
  const children: ChildProcess[] = []
  t.after(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const start = (args: string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, PORT: '0', ...env } })
    children.push(child)
    return child.stdout
  }
  const [url] = await once(createInterface({ input: start(['examples/web/site.ts'], {}) }), 'line')
  const erp = join(folder, 'erp.db')
  start(['src/cli/main.ts', 'start', 'examples/web'], {
    ISTHMUS_DATA: join(folder, 'data'),
    SUPPLIER: url,
    ERP: erp,
  })
  const rows = (): unknown[] => {
    try {
      const database = new DatabaseSync(erp, { readOnly: true })
      const found = database.prepare('select * from purchase_prices order by sku').all()
      database.close()
      return found
    } catch {
      return [] // not created yet
    }
  }
  while (rows().length < 4) await delay(50)
  assert.equal(
    JSON.stringify(rows()),
    JSON.stringify([
      { sku: 'BOLT-1', price: '0.12' },
      { sku: 'BOLT-2', price: '0.35' },
      { sku: 'BOLT-3', price: '1.20' },
      { sku: 'BOLT-4', price: '14.00' },
    ]),
  )
})
