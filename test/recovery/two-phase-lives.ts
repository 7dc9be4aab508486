import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Gids } from '../../src/engine/two-phase-commit/gid.ts'
import type { Product, TestDatabase } from '../integration/sql-harness.ts'
import { moved, movesTable, rollBackAll, standing } from './two-phase-flow.ts'
import type { Point } from './two-phase-points.ts'

/** What one process does: brings to an end what is there, takes new numbers, and dies. */
export interface Life {
  readonly path: string
  readonly cluster: string
  readonly urls: readonly [a: string, b: string]
  readonly first: number
  readonly count: number
  /** Undefined: it lives on until all is done. */
  readonly point?: Point | undefined
  /** How many transactions stand at the point when it dies. */
  readonly enough: number
  /** Where to the store is copied before a decision is written down. */
  readonly copy?: string
  readonly readsOnly?: boolean
}

/** How a process brought to an end what the one before had left. */
export interface Recovery {
  readonly ms: number
  /** What messages met meanwhile: each is a pause before the next attempt, longer from one to the next. */
  readonly setbacks: readonly string[]
}

export interface Killing {
  readonly point: Point
  readonly enough: number
}

const program = join(import.meta.dirname, 'two-phase-victim.ts')

/**
 * Kills one process after the other, each at its point, over the same two databases and one store. Proves that each left
 * what its point says, and that in the end every number is in both databases once, and nothing is prepared any more.
 * Gives the longest recovery.
 */
export async function liveAndDie(
  products: readonly [Product, Product],
  killings: readonly Killing[],
): Promise<Recovery> {
  const path = mkdtempSync(join(tmpdir(), 'isthmus-moves-'))
  const databases = await Promise.all(products.map(product => product.make()))
  const [a, b] = databases as [TestDatabase, TestDatabase]
  const cluster = randomBytes(8).toString('hex')
  const { prefix } = new Gids(cluster, { randomBytes })
  const common = { path, cluster, urls: [a.url, b.url] as const }
  const recoveries: Recovery[] = []
  let first = 0
  try {
    for (const database of databases) await database.run(movesTable)
    for (const { point, enough } of killings) {
      const count = point === 'first ended in recovery' ? 0 : enough * 2
      const { signal, recovery, errors } = await live({ ...common, first, count, point, enough })
      assert.equal(signal, 'SIGKILL', `${point}: ${errors}`)
      recoveries.push(recovery)
      const left = await Promise.all(databases.map(database => standing(database, prefix)))
      checkLeft(point, enough, left.map(({ length }) => length) as [number, number])
      first += count
    }
    const last = await live({ ...common, first, count: 1, enough: 0 })
    assert.deepEqual([last.code, last.errors], [0, ''])
    const numbers = Array.from({ length: first + 1 }, (_, n) => n)
    for (const database of databases) {
      assert.deepEqual(await moved(database), numbers)
      assert.deepEqual(await standing(database, prefix), [])
    }
    return [...recoveries, last.recovery].reduce((a, b) => (b.ms > a.ms ? b : a))
  } catch (error) {
    for (const database of databases) await rollBackAll(database, prefix)
    throw error
  } finally {
    rmSync(path, { recursive: true })
    for (const database of databases) await database.destroy()
  }
}

/** The point was reached, and not another one. */
function checkLeft(point: Point, enough: number, [a, b]: readonly [number, number]): void {
  const says = `${point} with ${enough}: ${a} and ${b} are prepared`
  if (point === 'first prepared') assert.ok(a >= enough && b === 0, says)
  if (point === 'first committed') assert.ok(b >= enough, says)
  if (/all prepared|decision/.test(point)) assert.ok(a >= enough && b >= enough, says)
}

/** Milliseconds after which a process is ended that does not say by itself that it does not come to its end. */
const mostLife = 900_000

/** Runs one process to its end. */
export async function live(life: Life) {
  const child = spawn(process.execPath, [program, JSON.stringify(life)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const overdue = setTimeout(() => child.kill('SIGABRT'), mostLife)
  const [said, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  clearTimeout(overdue)
  // It says nothing where it dies before.
  const recovery: Recovery = said === '' ? { ms: 0, setbacks: [] } : JSON.parse(said)
  return { code, signal, recovery, errors }
}
