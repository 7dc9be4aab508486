import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { postgresMajors } from '../../scripts/servers/postgres-versions.ts'
import { IsthmusError } from '../../src/errors.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { flowState, message } from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { startProxy } from '../recovery/postgres-proxy.ts'

/** The whole suite of stores against every version of PostgreSQL, which are installed first. Gives the exit code. */
export function soakPostgresVersions(): number {
  const env = { ...process.env, ISTHMUS_SOAK_POSTGRES: postgresMajors.join(',') }
  const args = ['--test', 'test/conformance/store-postgres-versions.test.ts']
  return spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1
}

/** The server cannot be reached for so long: memory stays flat, connections few, and then all goes on. */
export async function soakPostgresUnreachable(minutes: number, say: (line: string) => void): Promise<void> {
  if (withoutPostgres) throw new Error(withoutPostgres)
  const schema = freshSchema()
  const proxy = await startProxy(testUrl)
  const store = postgresStore({ url: proxy.url, schema, patience: 2000 })
  try {
    await store.accept([message(1)])
    proxy.cut()
    // What is on its way when the connection breaks waits until it can be looked up; the others are refused.
    await delay(500)
    const lanes = { refused: 0, isOver: false }
    const asking = Array.from({ length: 8 }, () => askOnAndOn(store, lanes))
    await delay(minutes * 60_000 * 0.2)
    const early = await memory()
    await delay(minutes * 60_000 * 0.8)
    const late = await memory()
    say(
      `refused ${lanes.refused}, at most ${proxy.most} connections, ${early} MB after a fifth, ${late} MB at the end`,
    )
    assert.ok(lanes.refused > 0, 'nothing was refused')
    assert.ok(late < early * 1.1 + 5, 'memory has grown')
    assert.ok(proxy.most <= 20, 'too many connections')
    proxy.open = true
    lanes.isOver = true
    await Promise.all(asking)
    await store.accept([message(2)])
    const { head, entries } = await flowState(store.read)
    assert.equal(entries, head)
  } finally {
    await store.close()
    await proxy.close()
    await dropSchema(schema)
  }
}

async function askOnAndOn(
  store: ReturnType<typeof postgresStore>,
  lanes: { refused: number; isOver: boolean },
): Promise<void> {
  for (let n = 10; !lanes.isOver; n++)
    for (const ask of [() => store.accept([message(n)]), () => store.read.flows()])
      await ask().catch(error => {
        if (!(error instanceof IsthmusError && error.code === 'STORE-UNAVAILABLE')) throw error
        lanes.refused++
      })
}

/** Of the heap and beside it, after what is not used was let go, if the process may ask for that. */
async function memory(): Promise<number> {
  globalThis.gc?.()
  await delay(100)
  const { heapUsed, external } = process.memoryUsage()
  return Math.round((heapUsed + external) / 2 ** 20)
}
