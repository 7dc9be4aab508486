import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

const root = join(import.meta.dirname, '../..')

test('examples/topics tells stock and finance of every order, once', { timeout: 240_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-topics-'))
  mkdirSync(join(folder, 'orders'))
  const lines = [1, 2, 3].map(n =>
    JSON.stringify({ no: `S${n}`, customer: 'C1', sku: 'bolt', qty: n, amount: `${n}.50` }),
  )
  writeFileSync(join(folder, 'orders', 'today.jsonl'), `${lines.join('\n')}\n${lines[0]}\n`)
  const books = join(folder, 'books.db')
  const child = spawn(process.execPath, ['src/cli/main.ts', 'start', 'examples/topics'], {
    cwd: root,
    env: {
      ...process.env,
      PORT: '0',
      ISTHMUS_DATA: join(folder, 'data'),
      SHOP_FOLDER: join(folder, 'orders'),
      BOOKS: books,
    },
    stdio: 'ignore',
  })
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const rows = (table: string): unknown[] => {
    try {
      const database = new DatabaseSync(books, { readOnly: true })
      const found = database.prepare(`select * from ${table} order by 1`).all()
      database.close()
      return found
    } catch {
      return [] // not created yet
    }
  }
  while (rows('reserved').length < 3 || rows('receivable').length < 3) await delay(50)
  assert.equal(JSON.stringify(rows('reserved')[1]), '{"no":"S2","sku":"bolt","qty":2}')
  assert.equal(JSON.stringify(rows('receivable')[2]), '{"no":"S3","customer":"C1","amount":"3.50"}')
})
