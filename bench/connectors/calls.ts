import {
  type Answer,
  type Connection,
  flow,
  type Outgoing,
  type RequesterChannel,
  type SinkChannel,
  type System,
} from 'isthmus'
import { connectContext } from '../../src/testing/connect-context.ts'
import { type Opened, sideBySide } from './comparison.ts'
import { type Order, order } from './orders.ts'
import { processEnds, runFlow } from './runtime.ts'

type CallChannel = SinkChannel<Order> | RequesterChannel<Order, unknown>

/** Most messages that are accepted and have not ended: more would wait in the store and be read again. */
const mostUnderWay = 1_000
const acceptedTogether = 250

/** Calls of a channel. Each contender makes `count` of them a round; `bare` does so by the library alone. */
export async function comparedCalls(options: {
  readonly target: System
  readonly channel: CallChannel
  readonly count: number
  bare(count: number): Promise<unknown>
  close(): Promise<unknown>
}): Promise<Opened> {
  const { target, channel, count, bare, close } = options
  const alone = await openChannel(target, channel)
  const engine = await openEngine(target, channel)
  const contender = (name: string, run: (count: number) => Promise<unknown>) => ({
    name,
    run: async () => {
      await run(count)
      return count
    },
  })
  return {
    bare: contender('bare', bare),
    channel: contender('channel', alone.run),
    engine: contender('engine', engine.run),
    async close() {
      await alone.close()
      await engine.close()
      await close()
    },
  }
}

interface Driven {
  run(count: number): Promise<void>
  close(): Promise<void>
}

/** As many calls at a time, each of as many messages, as the channel takes. */
async function openChannel(target: System, channel: CallChannel): Promise<Driven> {
  const connection = await target.connector.connect(connectContext({ system: target.name }))
  const { batch = 1, concurrency = 1, call } = roleOf(connection, channel)
  const { signal } = new AbortController()
  const one = async () => {
    for (const answer of await call(Array.from({ length: batch }, outgoing), signal))
      if (!answer.ok) throw answer.error
  }
  return {
    run: count => sideBySide(concurrency, Math.ceil(count / batch), one),
    close: () => connection.close(),
  }
}

interface Role {
  readonly batch?: number | undefined
  readonly concurrency?: number | undefined
  call(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]>
}

function roleOf(connection: Connection, channel: CallChannel): Role {
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

function outgoing(): Outgoing {
  const data = order()
  return { data, effectKey: `bench/${data.no}`, key: data.no, messageId: data.no, attempt: 1 }
}

/** From the first acceptance until the last outcome is durable. The answer of a requester is recorded, and counted. */
async function openEngine(target: System, channel: CallChannel): Promise<Driven> {
  const { ends, made, counted, intake } = processEnds()
  const keyed = flow('measured')
    .from(made)
    .key(({ no }) => no)
  const work = () =>
    channel.role === 'sink'
      ? keyed.to(channel)
      : keyed.enrich('answer', channel, data => data).to(counted as SinkChannel<Order>)
  const running = await runFlow([ends, target], work)
  const { accept } = await intake.then(each => ({ accept: each.accept.bind(each) }))
  let accepted = 0
  return {
    async run(count) {
      const end = accepted + count
      while (accepted < end) {
        await running.ended(accepted + acceptedTogether - mostUnderWay)
        const orders = Array.from({ length: Math.min(acceptedTogether, end - accepted) }, order)
        await accept(orders.map(data => ({ id: data.no, data })))
        accepted += orders.length
      }
      await running.ended(end)
    },
    close: () => running.stop(),
  }
}
