import type { Flow } from '../flow/flow.ts'
import { mermaid } from '../flow/graph.ts'
import type { Landscape } from '../flow/landscape.ts'
import { transactionsOf } from '../flow/own-systems.ts'
import type { SagaDefinition, Stage } from '../flow/saga/stage.ts'
import type { Step } from '../flow/step.ts'
import type { Transaction } from '../flow/transaction.ts'
import { modelId } from '../model/model.ts'
import { channelId } from '../system/channel.ts'

/** A landscape as data that programs can read: systems, flows, sagas, transactions, and the drawing. */
export function landscapeGraph(landscape: Landscape) {
  const { name, systems, flows, sagas } = landscape
  return {
    landscape: name,
    systems: systems.map(({ name, kind, connector }) => ({ system: name, kind, connector: connector.name })),
    flows: flows.map(flowGraph),
    sagas: sagas.map(sagaGraph),
    transactions: transactionsOf(flows, sagas).map(transactionGraph),
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
      return step.model ? { ...common, model: modelId(step.model) } : common
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

function sagaGraph({ name, version, at, model, stages }: SagaDefinition) {
  return { saga: name, version, at, model: modelId(model), stages: stages.map(stageGraph) }
}

interface StageGraph {
  readonly stage: string
  readonly kind: Stage['kind']
  readonly pivot?: boolean
  readonly channel?: string
  readonly effect?: string
  readonly undo?: string
  /** The saga that is begun. */
  readonly saga?: string
  readonly choices?: readonly string[]
  readonly stages?: readonly StageGraph[]
  readonly branches?: readonly { readonly name: string; readonly stages: readonly StageGraph[] }[]
}

function stageGraph(stage: Stage): StageGraph {
  const common = { stage: stage.id, kind: stage.kind }
  switch (stage.kind) {
    case 'step': {
      const { channel, undo, isPivot } = stage
      const called = { channel: channelId(channel), effect: channel.effect.kind }
      return {
        ...common,
        ...called,
        ...(isPivot && { pivot: true }),
        ...(undo && { undo: channelId(undo.channel) }),
      }
    }
    case 'wait':
      return { ...common, channel: channelId(stage.event) }
    case 'decide':
      return { ...common, choices: stage.options }
    case 'child':
      return { ...common, saga: stage.saga.name }
    case 'when':
      return { ...common, stages: stage.stages.map(stageGraph) }
    case 'together':
      return {
        ...common,
        branches: stage.branches.map(({ name, stages }) => ({ name, stages: stages.map(stageGraph) })),
      }
    default:
      return common
  }
}

function transactionGraph({ name, at, model, writes, within }: Transaction<unknown>) {
  const channels = writes.map(({ channel }) => ({
    channel: channelId(channel),
    model: modelId(channel.model),
  }))
  return { transaction: name, at, model: modelId(model), within, writes: channels }
}
