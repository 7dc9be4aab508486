import {
  type Delivery,
  flow,
  type Intake,
  type Json,
  type Receipt,
  type SourceChannel,
  type System,
} from 'isthmus'
import { connectContext } from '../../src/testing/connect-context.ts'
import type { Opened } from './comparison.ts'
import { openJournal } from './journal.ts'
import { processEnds, type Running, runFlow } from './runtime.ts'

/** What the library alone hands over: a page of records. */
export type OnPage = (records: readonly object[]) => void

export interface Reading {
  readonly target: System
  readonly channel: SourceChannel<never>
  /** Records that there are to be read, by each contender in each round. */
  readonly count: number
  /** Lets the records be there to be read anew. */
  prepare?(): Promise<unknown>
  /** Reads them all by the library alone. */
  read(onPage: OnPage): Promise<unknown>
  close(): Promise<unknown>
}

/** Sources begin anew each time, and are measured from their start on, when the engine runs already. */
export async function comparedReading(reading: Reading): Promise<Opened> {
  const { target, channel, count, prepare, read, close } = reading
  const journal = openJournal()
  const before = async () => void (await prepare?.())
  let running: Running | undefined
  let start = Promise.withResolvers<void>()
  const reader = (name: string, onPage: OnPage) => ({
    name,
    before,
    async run() {
      let got = 0
      await read(records => {
        got += records.length
        onPage(records)
      })
      if (got !== count) throw new Error(`${name} read ${got} of ${count}`)
      return got
    },
  })
  return {
    library: reader('library', () => {}),
    channel: { name: 'channel', before, run: () => readByChannel(reading) },
    kept: reader('kept', records => {
      journal.append(records)
      journal.finish(records.length)
    }),
    engine: {
      name: 'engine',
      async before() {
        await before()
        start = Promise.withResolvers<void>()
        const { ends, counted } = processEnds()
        const systems = [ends, held(target, start.promise)]
        running = await runFlow(systems, () => flow('measured').from(channel).to(counted))
      },
      async run() {
        start.resolve()
        await running?.ended(count)
        return count
      },
      after: async () => running?.stop(),
    },
    async close() {
      journal.close()
      await close()
    },
  }
}

/** Its sources begin when they may. */
function held(target: System, start: Promise<void>): System {
  const connect: System['connector']['connect'] = async context => {
    const connection = await target.connector.connect(context)
    return {
      source(channel) {
        const source = connection.source?.(channel)
        return { run: (intake, signal) => start.then(() => source?.run(intake, signal)) }
      },
      check: () => connection.check(),
      close: () => connection.close(),
    }
  }
  return { ...target, connector: { ...target.connector, connect } }
}

async function readByChannel({ target, channel, count }: Reading): Promise<number> {
  const connection = await target.connector.connect(connectContext({ system: target.name }))
  const intake = new CountingIntake(count)
  try {
    await connection.source?.(channel as unknown as SourceChannel<unknown>).run(intake, intake.enough)
  } finally {
    await connection.close()
  }
  return intake.count
}

/** Keeps the position and nothing else. */
export class CountingIntake implements Intake {
  count = 0
  readonly #wanted: number
  readonly #enough = new AbortController()
  #position: Json | undefined

  constructor(wanted: number) {
    this.#wanted = wanted
  }

  /** Aborts when the wanted number is there. */
  get enough(): AbortSignal {
    return this.#enough.signal
  }

  async accept(
    deliveries: readonly Delivery[],
    { position }: { position?: Json | undefined } = {},
  ): Promise<Receipt[]> {
    if (position !== undefined) this.#position = position
    this.count += deliveries.length
    if (this.count >= this.#wanted) this.#enough.abort()
    return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
  }

  async position() {
    return this.#position
  }
}
