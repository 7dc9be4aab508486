import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ordersCsv } from './orders.ts'

const root = join(import.meta.dirname, '../..')

class Shop {
  readonly folder = mkdtempSync(join(tmpdir(), 'isthmus-profile-'))
  readonly orders = join(this.folder, 'orders')
  readonly children: ChildProcess[] = []

  constructor(t: TestContext) {
    mkdirSync(this.orders)
    t.after(() => {
      for (const child of this.children) child.kill('SIGKILL')
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  put(text: string): void {
    writeFileSync(join(this.orders, 'today.csv'), text)
  }

  spawn(...args: string[]) {
    const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
      cwd: root,
      env: {
        ...process.env,
        PORT: '0',
        ISTHMUS_LOG: 'json',
        ISTHMUS_DATA: join(this.folder, 'data'),
        SHOP_FOLDER: this.orders,
        BOOKS: join(this.folder, 'books.db'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.children.push(child)
    const said = { out: '', code: once(child, 'close').then(([code]) => code as number) }
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', text => {
        said.out += text
      })
    return said
  }

  async run(...args: string[]): Promise<{ out: string; code: number }> {
    const said = this.spawn(...args, '-l', 'examples/profile')
    const code = await said.code
    return { out: said.out, code }
  }
}

test('a source is profiled without being read: nothing is claimed, and personal data are not shown', async t => {
  const shop = new Shop(t)
  shop.put(ordersCsv(400))
  const kept = join(shop.folder, 'kept.json')
  const { out, code } = await shop.run('profile', 'shop.orders', '--save', kept)
  assert.equal(code, 0, out)
  assert.match(out, /shop\.orders {2}400 records, 5 fields/)
  assert.match(out, /state +text +0 % +2 .*closed 50 %, open 50 %/)
  assert.match(out, /day +date as text .* 2026-01-01 to 2026-12-28/)
  assert.match(out, /may be the key no/)
  assert.doesNotMatch(out + readFileSync(kept, 'utf8'), /Customer \d/)
  assert.deepEqual(readdirSync(shop.orders), ['today.csv'])
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
  assert.deepEqual(read(kept), read(join(import.meta.dirname, 'orders.profile.json')))
})

test('drift names the mappings that read what has changed', async t => {
  const shop = new Shop(t)
  shop.put(ordersCsv(400))
  const same = await shop.run('drift', 'shop.orders')
  assert.deepEqual([same.code, same.out.trim()], [0, '✔ shop.orders: 400 records as the profile says'])
  shop.put(ordersCsv(400, at => (at % 4 === 0 ? { state: 'held', amount: 'EUR 5' } : {})))
  const { out, code } = await shop.run('drift', 'shop.orders')
  assert.equal(code, 1, out)
  assert.match(out, /critical amount new type: 100 texts are no numbers; all were/)
  assert.match(out, /finance\/books\.receivable makes Receivable\.v1\.amount of it \(.*isthmus\.ts:\d+\)/)
  assert.match(out, /critical state new values: 25 % have a value that was not there before: "held"/)
  assert.match(out, /finance\/books\.receivable makes Receivable\.v1\.open of it/)
  assert.doesNotMatch(out, /\.debtor/)
})

test('a sentinel tells it of a running landscape', { timeout: 240_000 }, async t => {
  const shop = new Shop(t)
  shop.put(ordersCsv(100, at => (at === 7 ? { state: 'held' } : {})))
  const running = shop.spawn('start', 'examples/profile')
  const told = () => /^.*"event":"drift".*(?=\n)/m.exec(running.out)?.[0]
  while (told() === undefined) await delay(50)
  const line = told() ?? ''
  const { level, text } = JSON.parse(line)
  assert.equal(level, 'warn')
  assert.match(
    text,
    /^shop\.orders: state: new values \(1\.0 % .* "held"\), read by finance\/books\.receivable for Receivable\.v1\.open/,
  )
})
