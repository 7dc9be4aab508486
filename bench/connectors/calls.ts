import {
  type Answer,
  type Connection,
  flow,
  type Outgoing,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
  type System,
} from 'isthmus'
import { connectContext } from '../../src/testing/connect-context.ts'
import { inBatches, type Opened, sideBySide } from './comparison.ts'
import { openJournal } from './journal.ts'
import { processEnds, runFlow } from './runtime.ts'

export type CallChannel<T> = SinkChannel<T> | RequesterChannel<T, unknown>

interface Keyed {
  readonly no: string
}

/** Most messages that are accepted and have not ended: more would wait in the store and be read again. */
const mostUnderWay = 1_000
/** Messages that are accepted, or kept by the script, in one transaction. */
const together = 250

export interface Calls<T extends Keyed> {
  readonly target: System
  readonly channel: CallChannel<T>
  /** Of each contender in each round. */
  readonly count: number
  /** Never the same twice. */
  make(): T
  /** Sends all of them by the library alone. */
  send(records: readonly T[]): Promise<unknown>
  close(): Promise<unknown>
}

export async function comparedCalls<T extends Keyed>(calls: Calls<T>): Promise<Opened> {
  const { target, channel, count, make, send, close } = calls
  const alone = await openChannel(target, channel)
  const engine = await openEngine(target, channel)
  const journal = openJournal()
  const kept = async (records: readonly T[]) => {
    for (const some of inBatches(records, together)) {
      journal.append(some)
      await send(some)
      journal.finish(some.length)
    }
  }
  const contender = (name: string, run: (records: readonly T[]) => Promise<unknown>) => {
    let records: T[] = []
    return {
      name,
      before: async () => {
        records = Array.from({ length: count }, make)
      },
      run: async () => {
        await run(records)
        return count
      },
    }
  }
  return {
    library: contender('library', send),
    channel: contender('channel', alone.send),
    kept: contender('kept', kept),
    engine: contender('engine', engine.send),
    async close() {
      await alone.close()
      await engine.close()
      journal.close()
      await close()
    },
  }
}

interface Sending<T> {
  send(records: readonly T[]): Promise<void>
  close(): Promise<void>
}

/** As many calls at a time, each of as many messages, as the channel takes. */
async function openChannel<T extends Keyed>(target: System, channel: CallChannel<T>): Promise<Sending<T>> {
  const connection = await target.connector.connect(connectContext({ system: target.name }))
  const { batch = 1, concurrency = 1, call } = roleOf(connection, channel)
  const { signal } = new AbortController()
  return {
    send: records =>
      sideBySide(concurrency, [...inBatches(records, batch)], async some => {
        for (const answer of await call(some.map(outgoing), signal)) if (!answer.ok) throw answer.error
      }),
    close: () => connection.close(),
  }
}

interface Role {
  readonly batch?: number | undefined
  readonly concurrency?: number | undefined
  call(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]>
}

function roleOf<T>(connection: Connection, channel: CallChannel<T>): Role {
  if (channel.role === 'sink') {
    const sink = connection.sink?.(channel as SinkChannel<unknown>)
    if (sink)
      return { batch: sink.batch, concurrency: sink.concurrency, call: (...all) => sink.write(...all) }
  } else {
    const asked = connection.requester?.(channel as RequesterChannel<unknown, unknown>)
    if (asked)
      return { batch: asked.batch, concurrency: asked.concurrency, call: (...all) => asked.ask(...all) }
  }
  throw new Error(`${channel.name} has no such role`)
}

function outgoing(data: Keyed): Outgoing {
  return { data, effectKey: `bench/${data.no}`, key: data.no, messageId: data.no, attempt: 1 }
}

/** From the first acceptance until the last outcome is durable. The answer of a requester is recorded, and counted. */
async function openEngine<T extends Keyed>(target: System, channel: CallChannel<T>): Promise<Sending<T>> {
  const { ends, made, counted, intake: opened } = processEnds()
  const keyed = flow('measured')
    .from(made as SourceChannel<T>)
    .key(({ no }) => no)
  const work = () =>
    channel.role === 'sink'
      ? keyed.to(channel)
      : keyed.enrich('answer', channel, data => data).to(counted as SinkChannel<unknown>)
  const running = await runFlow([ends, target], work)
  const intake = await opened
  let accepted = 0
  return {
    async send(records) {
      for (const some of inBatches(records, together)) {
        await running.ended(accepted + some.length - mostUnderWay)
        await intake.accept(some.map(data => ({ id: data.no, data })))
        accepted += some.length
      }
      await running.ended(accepted)
    },
    close: () => running.stop(),
  }
}
