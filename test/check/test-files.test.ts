import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type FileResult, runTestFiles } from '../../scripts/test-files.ts'
import { fixtureTree } from './fixture-tree.ts'
import { isGone, until } from './processes.ts'

const head = "import { describe, it, test } from 'node:test'\n"

async function runOne(t: TestContext, text: string): Promise<FileResult> {
  return await runIn(fixtureTree(t, { 'a.test.ts': text }))
}

async function runIn(cwd: string): Promise<FileResult> {
  const [result] = await runTestFiles(['a.test.ts'], { cwd, timeoutMs: 240_000, onResult: () => {} })
  assert.ok(result)
  return result
}

function names({ failures }: FileResult): string[] {
  return failures.map(({ name }) => name)
}

test('counts the innermost tests', async t => {
  const result = await runOne(
    t,
    `${head}test('a', () => {})
    test('b', async t => { await t.test('c', () => {}); await t.test('d', () => { throw new Error('boom') }) })
    describe('e', () => { it('f', () => {}); it('g', { skip: 'no server' }, () => {}) })`,
  )
  assert.equal(result.passed, 3)
  assert.deepEqual(names(result), ['d (line 3)'])
  assert.match(result.failures[0]?.text ?? '', /boom/)
  assert.deepEqual(result.skipped, [{ name: 'g', reason: 'no server' }])
})

test('a failing hook is a failure', async t => {
  const result = await runOne(
    t,
    `${head}import { after } from 'node:test'
    describe('a', () => { after(() => { throw new Error('not closed') }); it('b', () => {}) })`,
  )
  assert.deepEqual(names(result), ['a (line 3)'])
})

test('a file that cannot be loaded, and one without tests, count as failed', async t => {
  const broken = await runOne(t, "import './missing.ts'")
  assert.deepEqual(names(broken), ['the file itself'])
  assert.match(broken.output, /missing\.ts/)
  assert.deepEqual(names(await runOne(t, 'export {}')), ['the file itself'])
})

test('a file that dies counts as failed, and its earlier tests still count', async t => {
  const result = await runOne(
    t,
    `${head}test('a', () => {})\ntest('b', () => process.kill(process.pid, 'SIGKILL'))`,
  )
  assert.deepEqual(names(result), ['the file itself'])
  assert.match(result.failures[0]?.text ?? '', /SIGKILL/)
})

test('what fails when its test has ended is the failure of the file, and is told', async t => {
  const result = await runOne(
    t,
    `${head}test('early', () => { setTimeout(() => { throw new Error('too late') }, 100) })
    test('b', async () => { await new Promise(done => setTimeout(done, 500)) })`,
  )
  assert.deepEqual(names(result), ['the file itself'])
  assert.match(result.output, /"early".*too late/)
})

test('a file that hangs is killed with what it started, and says where it was', async t => {
  const cwd = fixtureTree(t, {
    'a.test.ts': `${head}import { spawn } from 'node:child_process'
    import { renameSync, writeFileSync } from 'node:fs'
    const told = Promise.withResolvers()
    const send = process.send.bind(process)
    process.send = report => send(report, () => report.name === 'waits' && told.resolve())
    test('a', () => {})
    test('waits', async () => {
      writeFileSync('draft', String(spawn('sleep', ['600'], { stdio: 'inherit' }).pid))
      await told.promise
      renameSync('draft', 'pid')
      await new Promise(() => setInterval(() => {}, 1000))
    })`,
  })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const running = runIn(cwd)
  await until(() => existsSync(join(cwd, 'pid')))
  // What it has told is heard by then.
  for (let turns = 0; turns < 2; turns++) await turn()
  t.mock.timers.tick(240_000)
  const result = await running
  assert.match(result.failures[0]?.text ?? '', /killed after 240 s; "waits" was running/)
  const started = Number(readFileSync(join(cwd, 'pid'), 'utf8'))
  assert.ok(started > 0)
  await until(() => isGone(started))
})

test('a run that is interrupted ends with the files that have begun', async t => {
  const files = Array.from({ length: 4 * availableParallelism() }, (_, n) => `${n}.test.ts`)
  const hangs = `${head}test('a', () => new Promise(() => setInterval(() => {}, 1000)))`
  const cwd = fixtureTree(t, Object.fromEntries(files.map(file => [file, hangs])))
  const stop = new AbortController()
  const options = { cwd, timeoutMs: 240_000, signal: stop.signal, onResult: () => {} }
  const running = runTestFiles(files, options)
  stop.abort()
  assert.equal((await running).length, availableParallelism())
  assert.deepEqual(await runTestFiles(files, options), [])
})
