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
  timeout: 30_000,
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
