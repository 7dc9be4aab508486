import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder } from '../../test/temporary-folder.ts'

const root = join(import.meta.dirname, '../..')
const python = process.env.ISTHMUS_TEST_PANDAS
const required = process.env.ISTHMUS_REQUIRE_SERVERS === '1'
const skip = python === undefined && !required && 'ISTHMUS_TEST_PANDAS names no Python with pandas'

test('examples/process plans every part, in Python and in Java', { skip, timeout: 500_000 }, async t => {
  const folder = temporaryFolder('process')
  cpSync(join(import.meta.dirname, 'java'), join(folder, 'java'), { recursive: true })
  const jars = ['dependency:copy-dependencies', '-DoutputDirectory=target', '-DincludeScope=runtime']
  execFileSync('mvn', ['-q', '-B', 'package', ...jars], { cwd: join(folder, 'java'), stdio: 'inherit' })

  mkdirSync(join(folder, 'planning', 'parts'), { recursive: true })
  const parts = [
    { no: 'P1', gtin: '4006381333931', used: [90, 10, 20, 31] },
    { no: 'P2', gtin: '4006381333932', used: [5] },
    { no: 'P3', gtin: '1', used: [] },
  ]
  const lines = parts.map(part => JSON.stringify(part)).join('\n')
  writeFileSync(join(folder, 'planning', 'parts', 'today.jsonl'), lines)
  mkdirSync(join(folder, 'planning', 'demands'))
  const child = spawn(process.execPath, ['src/cli/main.ts', 'start', 'examples/process'], {
    cwd: root,
    env: {
      ...process.env,
      PORT: '0',
      ISTHMUS_DATA: join(folder, 'data'),
      PLANNING: join(folder, 'planning'),
      PYTHON: python,
      CHECKER: join(folder, 'java', 'target', '*'),
    },
    stdio: 'ignore',
  })
  t.after(() => child.kill('SIGKILL'))
  const demands = join(folder, 'planning', 'demands')
  const written = () =>
    existsSync(demands) ? readdirSync(demands).filter(name => name.endsWith('.jsonl')) : []
  while (written().length < 2) await delay(50)
  const found = written().map(name => JSON.parse(readFileSync(join(demands, name), 'utf8')))
  // P3 was never used: it is set aside, with the reason that the script gives.
  assert.deepEqual(
    found.sort((a, b) => a.no.localeCompare(b.no)),
    [
      { no: 'P1', next: 20, gtinIsValid: true },
      { no: 'P2', next: 5, gtinIsValid: false },
    ],
  )
})
