import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fixtureTree } from './fixture-tree.ts'
import { until } from './processes.ts'

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url))

/** A fresh clone, small, whose installation is noted, and comes to its end when it is let. */
function freshClone(t: TestContext) {
  const part = { name: 'part', version: '1.0.0' }
  const whole = { name: 'whole', version: '1.0.0', type: 'module', dependencies: { part: 'file:./part' } }
  const slow = `
    fs.appendFileSync('installs', 'begin\\n')
    const timer = setInterval(() => {
      if (!fs.existsSync('go')) return
      clearInterval(timer)
      fs.appendFileSync('installs', 'end\\n')
    }, 20)`
  const packages = {
    '': whole,
    'node_modules/part': { resolved: 'part', link: true },
    part: { version: '1.0.0' },
  }
  const root = fixtureTree(t, {
    'package.json': JSON.stringify({ ...whole, scripts: { postinstall: 'node slow.cjs' } }),
    'package-lock.json': JSON.stringify({ name: 'whole', version: '1.0.0', lockfileVersion: 3, packages }),
    'part/package.json': JSON.stringify(part),
    'slow.cjs': `const fs = require('node:fs')${slow}`,
    'program.ts':
      "console.log('runs', (await import('part/package.json', { with: { type: 'json' } })).default.name)",
    ...Object.fromEntries(
      globSync(`${scripts}/*.mjs`).map(path => [`scripts/${basename(path)}`, readFileSync(path, 'utf8')]),
    ),
  })
  const start = () => {
    const child = spawn(process.execPath, ['scripts/run.mjs', 'program.ts'], { cwd: root, detached: true })
    t.after(() => endGroup(child))
    let said = ''
    child.stderr.on('data', chunk => {
      said += chunk
    })
    const err = once(child.stderr, 'end').then(() => said)
    return { child, out: text(child.stdout), err, said: () => said, ended: once(child, 'exit') }
  }
  const path = (name: string) => join(root, name)
  const installs = () => (existsSync(path('installs')) ? readFileSync(path('installs'), 'utf8') : '')
  const letEnd = () => writeFileSync(path('go'), '')
  return { start, path, installs, letEnd }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const lock = '.install.lock'

test('of several that start at once one installs and the others wait', async t => {
  const { start, path, installs, letEnd } = freshClone(t)
  const started = [start(), start(), start()]
  await until(() => started.every(({ said }) => /^(Installing|Waiting)/.test(said())))
  letEnd()
  for (const each of started) {
    assert.deepEqual(await each.ended, [0, null], await each.err)
    assert.equal(await each.out, 'runs part\n')
  }
  assert.equal(installs(), 'begin\nend\n')
  const said = await Promise.all(started.map(({ err }) => err))
  assert.equal(said.filter(line => line === 'Installing dependencies (npm ci) ...\n').length, 1)
  assert.equal(said.filter(line => line.startsWith('Waiting for another process')).length, 2)
  assert.equal(existsSync(path(lock)), false)
})

test('while the npm of a process that was killed still works, the next one waits', async t => {
  const { start, installs, letEnd } = freshClone(t)
  const first = start()
  await until(() => installs() === 'begin\n')
  first.child.kill('SIGKILL')
  const next = start()
  await until(() => next.said() !== '')
  letEnd()
  assert.deepEqual(await next.ended, [0, null], await next.err)
  assert.match(await next.err, /^Waiting for another process/)
  assert.equal(installs(), 'begin\nend\n')
})

test('what a process left behind that is gone does not keep the next one', async t => {
  const gone = spawnSync(process.execPath, ['--version']).pid
  const left: readonly (readonly [string, number])[] = [
    [JSON.stringify({ host: hostname(), pids: [gone] }), 0],
    [JSON.stringify({ host: 'another', pids: [process.pid] }), 20_000],
    ['', 20_000],
  ]
  for (const [content, age] of left) {
    const { start, path, installs, letEnd } = freshClone(t)
    letEnd()
    writeFileSync(path(lock), content)
    const then = new Date(Date.now() - age)
    utimesSync(path(lock), then, then)
    const { ended, err } = start()
    assert.deepEqual(await ended, [0, null], await err)
    assert.equal(await err, 'Installing dependencies (npm ci) ...\n')
    assert.equal(installs(), 'begin\nend\n')
  }
})

test('an installation that fails says why, and the next start tries again', async t => {
  const { start, path, installs, letEnd } = freshClone(t)
  letEnd()
  const sound = readFileSync(path('package.json'), 'utf8')
  writeFileSync(path('package.json'), sound.replace('"part":', '"missing":'))
  const first = start()
  assert.deepEqual(await first.ended, [1, null])
  assert.match(await first.err, /missing[\s\S]*The installation failed/i)
  assert.equal(existsSync(path(lock)), false)
  writeFileSync(path('package.json'), sound)
  const next = start()
  assert.deepEqual(await next.ended, [0, null], await next.err)
  assert.equal(installs(), 'begin\nend\n')
})
