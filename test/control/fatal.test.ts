import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const at = (path: string) => new URL(`../../src/${path}`, import.meta.url).href

/** An instance whose store fails as a disk does, while a message is being accepted. */
const program = (data: string, code: string) => `
import { flow, IsthmusError, landscape, model, system, Type } from '${at('index.ts')}'
import { startInstance } from '${at('server/instance.ts')}'
import { memoryStore } from '${at('store/memory/memory-store.ts')}'
const Order = model('Order', { version: 1, schema: Type.Object({}) })
const run = (intake, signal) => intake.accept([{ id: '1', data: {} }])
const connection = { source: () => ({ run }), sink: () => ({}), check: async () => {}, close: async () => {} }
const connector = { name: 'x', summary: {}, channels: () => ({}), connect: async () => connection }
const base = { system: 'shop', model: Order, options: {} }
const source = { ...base, role: 'source', name: 'in' }
const sink = { ...base, role: 'sink', name: 'out', effect: { kind: 'read', probe: false } }
const shop = system('shop', { kind: 'other', connector })
const accept = async () => { throw new IsthmusError('${code}', 'the disk has failed') }
await startInstance({
  landscape: landscape({ systems: [shop], flows: [flow('f').from(source).to(sink)] }),
  data: '${data}',
  port: 0, control: { port: 0 },
  store: { ...memoryStore(), accept },
})
`

for (const [code, expected] of [
  ['STORE-FAILED', 5],
  ['STORE-FENCED', 7],
] as const) {
  test(`${code} ends the process at once with ${expected}, whatever else it is doing`, async t => {
    const data = mkdtempSync(join(tmpdir(), 'isthmus-fatal-'))
    t.after(() => rmSync(data, { recursive: true }))
    const args = ['--input-type=module', '--eval', program(data, code)]
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ISTHMUS_LOG: 'json' },
      stdio: 'pipe',
    })
    t.after(() => child.kill('SIGKILL'))
    let out = ''
    child.stdout.on('data', chunk => {
      out += chunk
    })
    const [ended] = await once(child, 'close')
    assert.equal(ended, expected)
    assert.match(out, /"event":"fatal".*the disk has failed/)
  })
}
