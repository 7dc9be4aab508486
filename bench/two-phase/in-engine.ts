import { flow, landscape, type SourceChannel, system, transaction } from 'isthmus'
import { sql } from 'isthmus/sql'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Participant } from '../../src/system/roles.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { processEnds } from '../connectors/runtime.ts'
import { plantDirectory } from '../support/plant.ts'
import { Move, type Mover } from './move.ts'

/** Milliseconds from the begin of a branch until it is ended, for which its rows are locked at most; by system. */
export type Locks = Readonly<Record<'a' | 'b', number[]>>

/** A flow in an engine as `isthmus start` runs it, over an SQLite store: one transaction, or two sinks one after the other. */
export async function movesInEngine(
  urls: readonly [string, string],
  isTransaction: boolean,
): Promise<Mover & { readonly locks: Locks }> {
  const locks: Locks = { a: [], b: [] }
  const [a, b] = [open('a', urls[0], locks), open('b', urls[1], locks)]
  const { ends, made, intake: opened } = processEnds()
  const [one, other] = [a, b].map(each => each.table('moves', Move, { table: 'moves', mode: 'insert' }))
  if (!one || !other) throw new Error('two tables are needed')
  const begun = flow('moving')
    .from(made as SourceChannel<Move>)
    .key(({ no }) => no)
  const both = transaction('move', Move)
    .write(one, move => move)
    .write(other, move => move)
  const moving = isTransaction ? begun.to(both) : begun.to(one).to(other)
  const directory = plantDirectory()
  const store = sqliteStore({ path: directory.path })
  const waiting = new Map<string, () => void>()
  const fail = (error: unknown) => {
    console.error(error)
    process.exit(5)
  }
  const engine = await startEngine({
    landscape: landscape({ systems: [ends, a, b], flows: [moving] }),
    store,
    claim: await store.claim('bench'),
    host: realHost(directory.path),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: fail,
    watch(event) {
      if (event.type === 'setback') fail(new Error(`${event.code}: ${event.reason}`))
      if (event.type === 'ended') waiting.get(event.key)?.()
    },
  })
  const intake = await opened
  return {
    locks,
    async run(move) {
      const ended = new Promise<void>(resolve => waiting.set(move.no, resolve))
      await intake.accept([{ id: move.no, data: move }])
      await ended
      waiting.delete(move.no)
    },
    async close() {
      await engine.stop()
      directory.remove()
    },
  }
}

function open(name: 'a' | 'b', url: string, locks: Locks) {
  const inner = sql({ url, lockTimeout: '20s' })
  const connector = {
    ...inner,
    async connect(context: Parameters<typeof inner.connect>[0]) {
      const connection = await inner.connect(context)
      const participant = () => timed((connection.participant as () => Participant)(), locks[name])
      return { ...connection, participant }
    },
  }
  return system(name, { kind: 'erp', connector })
}

function timed(inner: Participant, times: number[]): Participant {
  const began = new Map<string, number>()
  return {
    ...inner,
    prepare(branch, signal) {
      began.set(branch.id, performance.now())
      return inner.prepare(branch, signal)
    },
    async end(id, ...given) {
      const ended = await inner.end(id, ...given)
      times.push(performance.now() - (began.get(id) ?? Number.NaN))
      began.delete(id)
      return ended
    },
  }
}
