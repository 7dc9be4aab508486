import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'undici'
import { plantDirectory } from '../support/plant.ts'
import { type Order, paths, type Receipt, requestOf, undoPaths } from './order.ts'

/** A saga as a careful engineer writes it. */
export interface ByHand {
  run(order: Order): Promise<'completed' | 'compensated'>
  close(): Promise<void>
}

/** Notes what has happened to a saga before it goes on; resolves when that is durable. */
type Note = (no: string, what: string, data?: unknown) => Promise<void> | void

interface Client {
  readonly pool: Pool
  /** Milliseconds of each call, until its answer was read. */
  readonly times: number[]
}

/** (a) Nothing is kept: an order whose process dies between two steps stays as it is. */
export function direct(url: string, width: number): ByHand & { readonly times: number[] } {
  const client: Client = { pool: new Pool(url, { connections: width }), times: [] }
  return {
    times: client.times,
    run: order => saga(client, order, () => {}),
    close: () => client.pool.close(),
  }
}

/** (b) Each step is in a journal before the next begins; sagas side by side share its transactions. */
export function journalled(url: string, width: number): ByHand {
  const client: Client = { pool: new Pool(url, { connections: width }), times: [] }
  const journal = openJournal()
  return {
    run: order => saga(client, order, journal.note),
    async close() {
      await client.pool.close()
      journal.close()
    },
  }
}

async function saga(client: Client, order: Order, note: Note): Promise<'completed' | 'compensated'> {
  await note(order.no, 'started', order)
  const done: number[] = []
  for (const [step, path] of paths.entries()) {
    const answer = await post(client, path, order)
    if (!answer) {
      await note(order.no, `refused ${path}`)
      for (const earlier of done.reverse()) {
        const undo = undoPaths[earlier] as string
        await note(order.no, `done ${undo}`, await post(client, undo, order))
      }
      await note(order.no, 'compensated')
      return 'compensated'
    }
    done.push(step)
    // What is known at the end goes with the last step, in one transaction.
    await note(order.no, step === paths.length - 1 ? `completed ${path}` : `done ${path}`, answer)
  }
  return 'completed'
}

/** Nothing if it was refused. */
async function post({ pool, times }: Client, path: string, order: Order): Promise<Receipt | undefined> {
  const began = performance.now()
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'idempotency-key': `${order.no}${path}`,
    },
    body: JSON.stringify(requestOf(path, order)),
  })
  const answer = await body.json()
  times.push(performance.now() - began)
  if (statusCode === 409) return undefined
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
  return answer as Receipt
}

/** Notes that wait share one synced transaction. */
function openJournal(): { readonly note: Note; close(): void } {
  const directory = plantDirectory()
  const db = new DatabaseSync(join(directory.path, 'journal.db'))
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  db.exec('create table journal (seq integer primary key, saga text, what text, data text, at integer)')
  db.exec('create index journal_saga on journal (saga)')
  const insert = db.prepare('insert into journal (saga, what, data, at) values (?, ?, ?, ?)')
  let group: { readonly values: [string, string, string, number]; done(): void }[] = []
  const commit = () => {
    const notes = group
    group = []
    db.exec('begin immediate')
    for (const { values } of notes) insert.run(...values)
    db.exec('commit')
    for (const { done } of notes) done()
  }
  return {
    note: (no, what, data = null) =>
      new Promise(done => {
        const values: [string, string, string, number] = [no, what, JSON.stringify(data), Date.now()]
        if (group.push({ values, done }) === 1) setImmediate(commit)
      }),
    close() {
      db.close()
      directory.remove()
    },
  }
}
