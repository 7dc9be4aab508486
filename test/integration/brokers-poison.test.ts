import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { brokers } from './brokers-both.ts'
import { until } from './kafka-engine.ts'

/** Milliseconds: the process starts four times, and joins its group anew. */
const patience = 300_000

const program = join(import.meta.dirname, 'poison-member.ts')

describe('poison', { concurrency: true }, () => {
  for (const { name, skip, open } of brokers)
    it(`from ${name} is parked when it has killed the process three times, and holds back its own key only`, {
      skip,
      timeout: 540_000,
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'isthmus-poison-'))
      const queued = await open()
      const good = Array.from({ length: 60 }, (_, n) => JSON.stringify({ n, key: `key-${n % 5}` }))
      const poison = '{"n":1000,"key":"bad","text":"poison"}'
      const behind = '{"n":1001,"key":"bad"}'
      await queued.put([...good.slice(0, 30), poison, behind, ...good.slice(30)])
      const effects = () =>
        (existsSync(join(folder, 'effects')) ? readFileSync(join(folder, 'effects'), 'utf8') : '')
          .split('\n')
          .filter(line => line !== '')
          .map(line => line.split(' ') as [string, string])
      const isDone = () => new Set(effects().map(([, n]) => n)).size === good.length
      let deaths = 0
      let child: ChildProcess | undefined
      const start = () => {
        child = fork(program, [name, queued.at, folder])
        child.on('exit', (_, signal) => {
          if (signal !== 'SIGKILL') return
          deaths++
          if (deaths < 10) start()
        })
      }
      start()
      const store = sqliteStore({ path: join(folder, 'store.db') })
      const rows = async () => {
        const found = await store.read.unfinished({ flow: 'reading', limit: 10 }).catch(() => [])
        return found.map(({ status, key, error }) => [status, key, error?.code])
      }
      const state = () => `${deaths} deaths, ${effects().length} effects`
      try {
        const isSettled = async () =>
          isDone() && (await rows()).map(([status]) => status).join() === 'parked,held'
        await until(isSettled, state, patience)
        assert.deepEqual(await rows(), [
          ['parked', 'bad', 'MESSAGE-CRASHED'],
          ['held', 'bad', undefined],
        ])
        assert.equal(deaths, 3)
        // An effect that was done and not recorded when the process died has the same key again.
        assert.equal(new Set(effects().map(([key]) => key)).size, good.length)
        const stop = async () => {
          const ended = once(child as ChildProcess, 'exit')
          child?.send('stop')
          await ended
        }
        await stop()
        // What the broker had not been told of is delivered again, and known.
        while ((await queued.left()) > 0) {
          start()
          await until(async () => (await queued.left()) === 0, state, patience)
          await stop()
        }
        assert.equal(new Set(effects().map(([key]) => key)).size, good.length)
      } finally {
        deaths = 10
        child?.kill('SIGKILL')
        await store.close()
        await queued.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
})
