import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('after chaos, Ctrl-C drains and proves that every event and change is accounted for', async t => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const factory = spawn(process.execPath, [main, '--chaos', '--rate=40'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => factory.kill('SIGKILL'))
  const said = text(factory.stdout)
  const complaints = text(factory.stderr)
  // Until enough has been sent that some of it must be parked.
  factory.stdout.on('data', line => {
    if (Number(/MES sent (\d+)/.exec(String(line))?.[1]) > 500) factory.kill('SIGINT')
  })
  const [code] = await once(factory, 'exit')
  const output = (await said) + (await complaints)
  assert.equal(code, 0, output)
  assert.match(output, /\nBalanced: /)
  assert.match(output, /changed by people in the CRM +([1-9]\d*), written to the ERP \1\n/)
  assert.match(output, /changed by people in the ERP +([1-9]\d*), written to the CRM \1\n/)
  assert.match(output, /People in HRM and MES +[1-9]/)
  assert.match(output, /parked +[1-9]\d*\n {4}MC-1-\d+ {2}\S.*/)
})
