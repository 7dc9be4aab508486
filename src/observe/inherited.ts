import type { Model } from '../model/model.ts'
import { type AnyChannel, channelId } from '../system/channel.ts'
import { plainPath, type Shape, shapeOf } from './shape.ts'

/** Paths that are personal at a place, a channel or `CHANNEL:answer`, although its model does not say so. */
type Inherited = (place: string) => readonly string[]

const landscapes = new WeakMap<AnyChannel, Inherited>()

/** From now on the data of these channels are known to be made of personal ones where `inherited` says so. */
export function inherit(channels: Iterable<AnyChannel>, inherited: Inherited): void {
  for (const channel of channels) landscapes.set(channel, inherited)
}

/** What a channel delivers, or is given. */
export function channelShape(channel: AnyChannel): Shape {
  return known(channel, channel.model, channelId(channel))
}

export function answerShape(channel: AnyChannel & { readonly answer: Model }): Shape {
  return known(channel, channel.answer, `${channelId(channel)}:answer`)
}

function known(channel: AnyChannel, model: Model, place: string): Shape {
  const { schema, personal } = shapeOf(model)
  const more = (landscapes.get(channel)?.(place) ?? []).map(plainPath)
  return { schema, personal: [...new Set([...personal, ...more])] }
}
