import type { Flow } from '../flow/flow.ts'
import { mermaid } from '../flow/graph.ts'
import type { Landscape } from '../flow/landscape.ts'
import type { Step } from '../flow/step.ts'
import { modelId } from '../model/model.ts'
import { channelId } from '../system/channel.ts'

/** A landscape as data that programs can read: systems, flows and their steps, and the drawing. */
export function landscapeGraph(landscape: Landscape) {
  const { name, systems, flows } = landscape
  return {
    landscape: name,
    systems: systems.map(({ name, kind, connector }) => ({ system: name, kind, connector: connector.name })),
    flows: flows.map(flowGraph),
    mermaid: mermaid(landscape),
  }
}

function flowGraph({ name, at, source, ordering, steps }: Flow) {
  const from = { channel: channelId(source), model: modelId(source.model) }
  return { flow: name, at, from, afterPark: ordering.afterPark, steps: steps.map(stepGraph) }
}

interface StepGraph {
  readonly step: string
  readonly kind: Step['kind']
  readonly channel?: string
  readonly effect?: string
  readonly model?: string
  readonly steps?: readonly StepGraph[]
  readonly branches?: readonly { readonly name: string; readonly steps: readonly StepGraph[] }[]
}

function stepGraph(step: Step): StepGraph {
  const common = { step: step.id, kind: step.kind }
  switch (step.kind) {
    case 'map':
      return { ...common, model: modelId(step.mapping.to) }
    case 'validate':
      return { ...common, model: modelId(step.model) }
    case 'enrich':
    case 'tap':
    case 'to': {
      const { channel } = step
      return {
        ...common,
        channel: channelId(channel),
        effect: channel.effect.kind,
        model: modelId(channel.model),
      }
    }
    case 'split':
      return { ...common, steps: step.body.map(stepGraph) }
    case 'route':
      return {
        ...common,
        branches: step.branches.map(({ name, body }) => ({ name, steps: body.map(stepGraph) })),
      }
    default:
      return common
  }
}
