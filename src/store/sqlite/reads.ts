import type { DatabaseSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import { nobody } from '../members.ts'
import type { FindQuery, Found, StoreReader } from '../store.ts'
import type { Health } from './health.ts'
import { Reader } from './reader.ts'
import { openReader } from './schema.ts'

type Run = <T>(read: (reader: Reader) => T) => Promise<T>
type Snapshot = StoreReader['snapshot']

interface Asked {
  readonly read: (reader: Reader) => unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Reads share a moment for so many milliseconds; a long one ends later. */
const turnLength = 1

/**
 * Reads in the calling thread, through a connection that only reads: it neither waits for the writer nor makes it
 * wait. What is asked is put behind what the event loop has to do, a few reads at a time, so that many of them do not keep
 * it from the rest.
 */
export class Reads {
  readonly #file: string
  readonly #health: Health
  #connection: Connection | undefined
  readonly #asked: Asked[] = []
  #closed = false

  constructor(file: string, health: Health) {
    this.#file = file
    this.#health = health
  }

  /** What reads through this object. */
  reader(): StoreReader {
    return readerOf(
      read => this.#once(read),
      use => this.#snapshot(use),
    )
  }

  close(): void {
    this.#closed = true
    this.#connection?.db.close()
    this.#connection = undefined
  }

  #once<T>(read: (reader: Reader) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked: Asked = { read, resolve: resolve as Asked['resolve'], reject }
      if (this.#asked.push(asked) === 1) setImmediate(() => this.#turn())
    })
  }

  #turn(): void {
    const end = performance.now() + turnLength
    const answers: (() => void)[] = []
    try {
      this.#guarded(() => {
        this.#connection ??= connect(this.#file, this.#closed)
        this.#connection.atOneMoment(reader => {
          for (const asked of this.#asked) {
            answers.push(this.#answer(asked, reader))
            if (performance.now() >= end) return
          }
        })
      })
      this.#asked.splice(0, answers.length)
      for (const answer of answers) answer()
    } catch (error) {
      for (const { reject } of this.#asked.splice(0, Math.max(1, answers.length))) reject(error)
    }
    if (this.#asked.length > 0) setImmediate(() => this.#turn())
  }

  #answer({ read, resolve, reject }: Asked, reader: Reader): () => void {
    try {
      const value = this.#guarded(() => read(reader))
      return () => resolve(value)
    } catch (error) {
      return () => reject(error)
    }
  }

  async #snapshot<T>(use: (reader: StoreReader) => Promise<T>): Promise<T> {
    await nextTurn()
    const connection = this.#guarded(() => connect(this.#file, this.#closed))
    try {
      this.#guarded(() => connection.stay())
      const run: Run = async read => {
        await nextTurn()
        return this.#guarded(() => connection.now(read))
      }
      const reader: StoreReader = readerOf(run, async inner => await inner(reader))
      return await use(reader)
    } finally {
      connection.db.close()
    }
  }

  #guarded<T>(work: () => T): T {
    this.#health.requireAlive()
    try {
      return work()
    } catch (error) {
      // A wrong argument is the caller's mistake, not the store's end.
      throw error instanceof TypeError || error instanceof RangeError ? error : this.#health.fail(error)
    }
  }
}

class Connection {
  readonly db: DatabaseSync
  readonly reader: Reader

  constructor(db: DatabaseSync) {
    this.db = db
    this.reader = new Reader(db)
  }

  atOneMoment<T>(read: (reader: Reader) => T): T {
    this.db.exec('begin')
    try {
      return read(this.reader)
    } finally {
      this.db.exec('rollback')
    }
  }

  /** From here on `now` reads this moment. */
  stay(): void {
    this.db.exec('begin; select 1 from meta')
  }

  now<T>(read: (reader: Reader) => T): T {
    if (this.db.isOpen) return read(this.reader)
    throw new IsthmusError('STORE-UNAVAILABLE', 'the snapshot has ended: read only while it is used')
  }
}

function connect(file: string, closed: boolean): Connection {
  if (closed)
    throw new IsthmusError('STORE-UNAVAILABLE', `the store of ${file} is closed: open it again to read`)
  return new Connection(openReader(file))
}

function readerOf(run: Run, snapshot: Snapshot): StoreReader {
  return {
    flows: () => run(reader => reader.flows()),
    heads: () => run(reader => reader.heads()),
    entries: query => run(reader => reader.entries(query)),
    unfinished: query => run(reader => reader.unfinished(query)),
    settled: query => run(reader => reader.settled(query)),
    find: query => found(run, query),
    identified: identity => run(reader => reader.identified(identity)),
    position: source => run(reader => reader.position(source)),
    streams: {
      head: name => run(reader => reader.streams.head(name)),
      events: query => run(reader => reader.streams.events(query)),
      heads: query => run(reader => reader.streams.heads(query)),
      log: query => run(reader => reader.streams.log(query)),
    },
    standing: async () => nobody,
    snapshot,
  }
}

/** Many runs are looked at in several turns. */
async function found(run: Run, query: FindQuery): Promise<Found> {
  let finding: Generator<undefined, Found> | undefined
  for (;;) {
    const { done, value } = await run(reader => {
      finding ??= reader.keys.find(query)
      return finding.next()
    })
    if (done) return value
  }
}

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
