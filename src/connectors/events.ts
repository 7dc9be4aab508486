import { IsthmusError } from '../errors.ts'
import type { EventOptions, TypedEvent } from '../message/cloud-event.ts'
import type { OptionNames } from '../message/option-names.ts'
import { isPlainText } from '../message/plain-text.ts'
import { type Model, modelId } from '../model/model.ts'

export const eventNames: OptionNames<EventOptions> = {
  source: 'needed',
  mode: true,
  type: true,
  subject: true,
  time: true,
}

/** Options of a channel as they are played: its events have a type. */
export type WithTypedEvent<O> = Omit<O, 'event'> & { readonly event?: TypedEvent | undefined }

/**
 * With the type that the events of a channel of this model have, unless another was given. Throws FLOW-DEFINITION where
 * no event could be made of it; `id` is that of the channel.
 */
export function typedEvent(
  id: string,
  event: EventOptions | undefined,
  model: Model<unknown>,
): TypedEvent | undefined {
  if (event === undefined) return undefined
  const { source, type = modelId(model), mode = 'binary' } = event
  const refuse = (text: string) => {
    throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
  }
  if (!isPlainText(source) || source === '') refuse('makes events without a source')
  if (!isPlainText(type) || type === '') refuse('makes events without a type')
  if (mode !== 'binary' && mode !== 'structured')
    refuse('makes events that are neither binary nor structured')
  return { ...event, type }
}
