import type { Model } from '../model/model.ts'
import { channelId } from '../system/channel.ts'
import type { Landscape } from './landscape.ts'
import { usedChannels } from './own-systems.ts'
import { allSteps } from './step.ts'

/** A model, and who uses it: a flow, or a channel in its role. */
export interface ModelUse {
  readonly model: Model
  readonly flow?: string
  readonly channel?: readonly [id: string, role: string]
}

/** Every model of a landscape, as often as it is used. */
export function* modelUses({ flows, sagas, aggregates, projections }: Landscape): Generator<ModelUse> {
  for (const channel of usedChannels(flows, sagas)) {
    yield { model: channel.model, channel: [channelId(channel), channel.role] }
    if ('answer' in channel) yield { model: channel.answer, channel: [channelId(channel), 'answer'] }
  }
  for (const { name, source, steps } of flows) {
    yield { model: source.model, flow: name }
    for (const step of allSteps(steps)) {
      if (step.kind === 'map') yield { model: step.mapping.to, flow: name }
      if (step.kind === 'validate' && step.model) yield { model: step.model, flow: name }
      if ('channel' in step) yield { model: step.channel.model, flow: name }
      if (step.kind === 'enrich') yield { model: step.channel.answer, flow: name }
    }
  }
  for (const { model } of sagas) yield { model }
  for (const each of [...aggregates, ...projections]) {
    const { model, row, state } = each as { model?: Model; row?: Model; state?: Model }
    for (const found of [model, row, state]) if (found?.jsonSchema) yield { model: found }
  }
}
