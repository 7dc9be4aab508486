import type { Model } from '../../model/model.ts'
import type { SinkChannel } from '../../system/channel.ts'
import { type Effect, idempotent } from '../../system/effect.ts'
import { sagasSystem } from '../../system/own-system.ts'
import { checkName } from '../../system/system.ts'

/**
 * What sagas wait for: flows tell it with `.to(event)`. It is kept under its key until a saga waits for it, so that it may
 * come before the saga does.
 */
export interface SagaEvent<T> extends SinkChannel<T, Effect<'idempotent', false>> {
  key(data: T): string
}

/** Declares an event. Its key is by default the key field of the model. */
export function sagaEvent<T>(
  name: string,
  model: Model<T>,
  key?: (data: T) => string | number,
): SagaEvent<T> {
  checkName('saga event', name)
  const of = key ?? keyField(model)
  return Object.freeze({
    role: 'sink',
    system: sagasSystem,
    name,
    model,
    options: Object.freeze({}),
    effect: idempotent,
    key: (data: T) => String(of(data)),
  })
}

/** Reads the key field of a model; without one, or where it is empty, the key is empty. */
export function keyField<T>(model: Model<T>): (data: T) => string | number {
  return data => {
    const value = model.key === undefined ? undefined : (data as Record<string, unknown>)[model.key]
    return typeof value === 'string' || typeof value === 'number' ? value : ''
  }
}
