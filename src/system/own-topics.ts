import { IsthmusError, reasonOf } from '../errors.ts'
import { channelId } from './channel.ts'
import type { Connection, Connector } from './connector.ts'
import type { Answer, Intake, Outgoing, Sink, Source } from './roles.ts'
import { type System, system } from './system.ts'
import { topicsSystem } from './topic.ts'

/** Hands what is published straight to the intake of the topic, where it is durable once for all who subscribe. */
export function ownTopics(): System {
  const connector: Connector = {
    name: 'topics',
    summary: Object.freeze({}),
    channels: () => ({}),
    connect: async () => connection(),
    address: ({ name }) => ({ protocol: 'topics', address: name }),
  }
  return system(topicsSystem, { kind: 'other', connector })
}

function connection(): Connection {
  const inlets = new Map<string, Inlet>()
  const inlet = (name: string) => {
    const found = inlets.get(name) ?? new Inlet()
    inlets.set(name, found)
    return found
  }
  return {
    source: channel => inlet(channel.name),
    sink: channel => inlet(channel.name).sink(channelId(channel)),
    async check() {},
    async close() {},
  }
}

/** Where the messages of one topic go in: open while its source runs. */
class Inlet implements Source {
  readonly #started = Promise.withResolvers<void>()
  #intake: Intake | undefined

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#intake = intake
    this.#started.resolve()
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
    this.#intake = undefined
  }

  /** Writes wait for the first start, which does not look like a failure then. */
  sink(channel: string): Sink {
    return {
      batch: 500,
      concurrency: 4,
      write: async (items, signal) => {
        if (!this.#intake) await Promise.race([this.#started.promise, aborted(signal)])
        if (this.#intake) return publish(this.#intake, items, channel)
        const reason = `${channel} takes nothing while we start or stop.`
        throw new IsthmusError('TARGET-UNAVAILABLE', reason, { detail: { uncounted: true } })
      },
    }
  }
}

async function publish(intake: Intake, items: readonly Outgoing[], channel: string): Promise<Answer[]> {
  const deliveries = items.map(({ data, effectKey, messageId, trace }) => ({
    id: effectKey,
    data,
    cause: messageId,
    trace,
  }))
  try {
    const receipts = await intake.accept(deliveries, { conflict: 'refuse' })
    return receipts.map(({ status, id }) =>
      status === 'conflict' ? { ok: false, error: otherData(channel, id) } : { ok: true, result: { id } },
    )
  } catch (cause) {
    const { retryAfter } = cause instanceof IsthmusError ? cause : {}
    throw new IsthmusError('TARGET-UNAVAILABLE', `${channel}: ${reasonOf(cause)}`, { cause, retryAfter })
  }
}

function otherData(channel: string, id: string): IsthmusError {
  const reason = `${channel}: other data were published under this effect key before, as message ${id}`
  return new IsthmusError('TARGET-REFUSED', reason)
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
