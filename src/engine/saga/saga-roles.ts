import { IsthmusError } from '../../errors.ts'
import type { Saga } from '../../flow/saga/saga.ts'
import type { SagaEvent } from '../../flow/saga/saga-event.ts'
import type { SinkChannel } from '../../system/channel.ts'
import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { Sagas } from './sagas.ts'

/** So many sagas work at a time; who would begin another one waits. */
const mostRunning = 5_000

/** What flows do to sagas: begin them, and tell them events. */
export function sagaSink(sagas: Sagas, channel: SinkChannel<unknown>): Sink {
  const one =
    'definition' in channel
      ? begins(sagas, channel as Saga<unknown>)
      : tells(sagas, channel as SagaEvent<unknown>)
  return {
    batch: 200,
    concurrency: 4,
    write: items => Promise.all(items.map(item => answered(one, item))),
  }
}

async function answered(one: (item: Outgoing) => Promise<void>, item: Outgoing): Promise<Answer> {
  try {
    await one(item)
    return { ok: true }
  } catch (error) {
    return { ok: false, error }
  }
}

function begins(sagas: Sagas, { definition: { name } }: Saga<unknown>): (item: Outgoing) => Promise<void> {
  const definition = sagas.current(name)
  return async ({ data, effectKey, messageId }) => {
    if (sagas.running >= mostRunning) {
      const detail = { uncounted: true }
      throw new IsthmusError('TARGET-UNAVAILABLE', `${mostRunning} sagas are at work.`, {
        detail,
        retryAfter: 200,
      })
    }
    await sagas.begin(definition, { input: data, startId: effectKey, cause: messageId })
  }
}

function tells(sagas: Sagas, event: SagaEvent<unknown>): (item: Outgoing) => Promise<void> {
  return ({ data, effectKey }) => sagas.receive(event, data, effectKey)
}
