import type { EventOptions } from '../message/cloud-event.ts'
import { type Model, modelId } from '../model/model.ts'
import type { OptionNames } from '../system/option-names.ts'

export const eventNames: OptionNames<EventOptions> = {
  source: 'needed',
  mode: true,
  type: true,
  subject: true,
  time: true,
}

/** With the type that the events of a channel of this model have, unless another was given. */
export function typedEvent<T>(
  event: EventOptions<T> | undefined,
  model: Model<T>,
): EventOptions<T> | undefined {
  return event && { ...event, type: event.type ?? modelId(model) }
}
