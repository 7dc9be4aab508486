import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from './files-harness.ts'

const kept = new URL('../../scripts/servers/kept.ts', import.meta.url).href

test('a server and its folder go when the process that wanted it is killed', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-kept-'))
  // The signal ends it: it has no handler of its own.
  const server = ['sh', '-c', `echo $$ >"${folder}/new" && mv "${folder}/new" "${folder}/id"; exec sleep 600`]
  const program = `import { keep } from '${kept}'; keep('${folder}', 'TERM', ${JSON.stringify(server)})`
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program])
  await until(() => existsSync(join(folder, 'id')))
  const id = Number(readFileSync(join(folder, 'id'), 'utf8'))
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  await until(() => !existsSync(folder))
  assert.throws(() => process.kill(id, 0), { code: 'ESRCH' })
})

test('no two processes are given the same port, nor one that the system gives to others', async () => {
  const count = 300
  const program = `import { freePort } from '${kept}'; import { once } from 'node:events'
    const ports = await Promise.all(Array.from({ length: ${count} }, freePort))
    console.log(ports.join()); process.stdin.resume(); await once(process.stdin, 'end')`
  const choosers = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '-e', program]))
  const chosen = await Promise.all(
    choosers.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])),
  )
  for (const { stdin } of choosers) stdin.end()
  const ports = chosen.flatMap(text => text.trim().split(',').map(Number))
  assert.equal(new Set(ports).size, choosers.length * count)
  assert.ok(ports.every(port => port > 1024 && port < 32_768))
})
