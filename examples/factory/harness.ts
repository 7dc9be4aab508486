import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The factory's main job in a process of its own, killed with the test; `stop` is a Ctrl-C. */
export function startFactory(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const factory = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  t.after(() => factory.kill('SIGKILL'))
  // Once: whoever is told twice leaves at once.
  let isTold = false
  const stop = () => {
    if (!isTold) factory.kill('SIGINT')
    isTold = true
  }
  const said = text(factory.stdout)
  const complaints = text(factory.stderr)
  const ended = once(factory, 'exit').then(async ([code]) => {
    return { code: code as number | null, output: (await said) + (await complaints) }
  })
  return { factory, stop, ended }
}

/** It says that everything is accounted for, and that there was something to account for. */
export function assertBalanced(output: string): void {
  assert.match(output, /\nBalanced: /)
  assert.match(output, /changed by people in the CRM +([1-9]\d*), written to the ERP \1\n/)
  assert.match(output, /changed by people in the ERP +(\d+), written to the CRM \1\n/)
  assert.match(output, /People in HRM and MES +[1-9]/)
  assert.match(
    output,
    /damaged, and parked +[1-9]\d*\n {4}PO-\d+ {2}PO-\d+\.edi, line \d+, segment \d+ \(UNT\)/,
  )
  assert.match(output, /reserved and booked once +[1-9]/)
  assert.match(output, /Hours of the HRM, by day +([1-9]\d*), in the ERP once \1\n/)
  assert.match(output, /\n {2}completed +[1-9]\d*, [1-9]\d* pieces shipped, CNY [1-9]\d*\.\d\d invoiced\n/)
  assert.match(
    output,
    /Transfers between warehouses +[1-9]\d*, in both [1-9]\d* with [1-9]\d* pieces, in none \d/,
  )
  assert.match(output, /Prices of the supplier +9, in the ERP as they are now 9\n/)
  assert.match(output, /The warehouse has +[1-9]\d* goods issues, [1-9]\d* orders, [1-9]\d* reports\n/)
  assert.match(output, /costs of its work orders +CNY [1-9]\d*\.\d\d on [1-9]/)
  assert.match(
    output,
    /set aside, to be mended +[1-9]\d* of dim_employee.*; [1-9]\d* people are known twice\n/,
  )
}

/** Chaos until workers have been harmed and the factory has gone on for a while. */
export async function workersInTrouble(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const { factory, stop, ended } = startFactory(t, [...args, '--chaos', '--seconds=240'], env)
  let enough = Number.POSITIVE_INFINITY
  factory.stdout.on('data', line => {
    const sent = Number(/MES sent (\d+)/.exec(String(line))?.[1])
    if (/worker \d+: stopped/.test(String(line))) enough = Math.min(enough, sent + 200)
    if (sent > enough) stop()
  })
  const { code, output } = await ended
  assert.match(
    output,
    /; workers killed [1-9]\d* times with -9, paused [1-9]\d* times for longer than a lease; /,
  )
  return { code, output }
}
