import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fixtureTree } from './fixture-tree.ts'
import { isGone, until } from './processes.ts'

const run = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url))

/** Makes the launcher believe that its Node is too old, so that it starts the one of node_modules. */
const old = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.0.0"}})'

/** Programs that run another one and wait for it. */
const shell = ['sh', '-c', '"$@" & wait', 'sh']
const npm = [
  process.execPath,
  '-e',
  'require("node:child_process").spawn(process.argv[1], process.argv.slice(2), { stdio: "inherit" })',
]

const program = `
const [what] = process.argv.slice(2) as string[]
if (what === 'code') process.exit(7)
if (what === 'signal') process.kill(process.pid, 'SIGKILL')
let interrupts: number = 0
process.on('SIGINT', () => {
  interrupts += 1
  setTimeout(() => { console.log('interrupts', interrupts); process.exit(0) }, 200)
})
console.log('pid', process.pid)
setInterval(() => console.log('tick'), 50)
`

for (const [variant, flags] of [
  ['in the process itself', []],
  ['in the Node of node_modules', ['--import', old]],
] as const) {
  describe(`the program runs ${variant}`, () => {
    /** `below` runs the command given to it as its arguments and waits, so that it can be killed alone. */
    const start = (t: TestContext, what: string, options: { npm?: boolean; below?: string[] } = {}) => {
      const file = join(fixtureTree(t, { 'program.ts': program }), 'program.ts')
      const [name, ...args] = [...(options.below ?? []), process.execPath, ...flags, run, file, what]
      const { npm_execpath: _npm, ...env } = process.env
      const child = spawn(name as string, args, {
        env: options.npm ? { ...env, npm_execpath: 'npm' } : env,
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      })
      t.after(() => killGroup(child))
      return { child, output: collect(child) }
    }

    test('its exit code and its signal are passed on', async t => {
      assert.deepEqual(await once(start(t, 'code').child, 'exit'), [7, null])
      assert.deepEqual(await once(start(t, 'signal').child, 'exit'), [null, 'SIGKILL'])
    })

    test('an interrupt that comes twice, as from a terminal below npm, is seen once', async t => {
      const { child, output } = start(t, 'wait')
      await until(() => pidIn(output()) !== undefined)
      process.kill(-(child.pid as number), 'SIGINT')
      child.kill('SIGINT')
      assert.deepEqual(await once(child, 'exit'), [0, null])
      assert.match(output(), /interrupts 1\n/)
    })

    test('it does not outlive a launcher that is killed', async t => {
      const { child, output } = start(t, 'wait')
      await until(() => pidIn(output()) !== undefined)
      child.kill('SIGKILL')
      await until(() => isGone(pidIn(output()) as number))
    })

    for (const [between, below] of [
      ['', npm],
      [', and the shell in between was not', [...npm, ...shell]],
    ] as const) {
      test(`it does not outlive an npm that is killed${between}`, async t => {
        const { child, output } = start(t, 'wait', { npm: true, below: [...below] })
        await until(() => pidIn(output()) !== undefined)
        child.kill('SIGKILL')
        await until(() => isGone(pidIn(output()) as number))
      })
    }

    test('it outlives a shell that started it', async t => {
      const { child, output } = start(t, 'wait', { below: shell })
      await until(() => pidIn(output()) !== undefined)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const before = output().length
      await until(() => output().slice(before).split('tick').length > 12)
    })
  })
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stdout?.on('data', chunk => {
    text += chunk
  })
  return () => text
}

function pidIn(output: string): number | undefined {
  const pid = /^pid (\d+)$/m.exec(output)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL')
  } catch {
    // All of them have ended.
  }
}
