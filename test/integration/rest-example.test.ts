import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')

test('examples/rest ships every order of the shop, once', { timeout: 240_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-rest-'))
  const children: ChildProcess[] = []
  t.after(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const start = (args: string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, PORT: '0', ...env } })
    children.push(child)
    return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }
  const server = start(['examples/rest/server.ts'], {})
  const { value: url } = await server.next()
  start(['src/cli/main.ts', 'start', 'examples/rest'], {
    ISTHMUS_DATA: folder,
    SHOP_SECRET: 'secret',
    SHOP_URL: `${url}/api`,
    SHOP_TOKEN_URL: `${url}/token`,
    DEPOT_URL: `${url}/depot`,
  })
  const shipped: string[] = []
  while (shipped.length < 5) shipped.push(String((await server.next()).value))
  assert.deepEqual(
    shipped.sort(),
    [1, 2, 3, 4, 5].map(
      n => `ship {"order":"S${n}","sku":"${n % 2 === 0 ? 'nut' : 'bolt'}","qty":${n},"from":"A-17"}`,
    ),
  )
})
