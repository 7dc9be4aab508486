import type { AnyChannel } from '../system/channel.ts'
import type { CarriedTopic } from '../system/topic.ts'
import type { Flow } from './flow.ts'
import type { SagaDefinition, Stage } from './saga/stage.ts'
import { isEffect, type Step } from './step.ts'

type Replace = <C extends AnyChannel>(channel: C) => C

/** Puts what carries a topic in its place; undefined where no topic is carried. */
function replacing(flows: readonly Flow[], topics: readonly CarriedTopic[]): Replace | undefined {
  if (topics.length === 0) return undefined
  const read = new Set<AnyChannel>(flows.map(({ source }) => source))
  const carriers = new Map<AnyChannel, AnyChannel>(
    topics.flatMap(({ topic, carrier, unread = carrier }) => [
      [topic, read.has(topic.source) ? carrier : unread] as const,
      [topic.source, carrier.source] as const,
    ]),
  )
  return channel => (carriers.get(channel) ?? channel) as typeof channel
}

/** The flows with their topics replaced by what carries these; ids of steps, and so effect keys, stay as they are. */
export function carried(flows: readonly Flow[], topics: readonly CarriedTopic[]): readonly Flow[] {
  const replace = replacing(flows, topics)
  return replace ? flows.map(flow => carriedFlow(flow, replace)) : flows
}

/** The same of sagas that publish. */
export function carriedSagas(
  sagas: readonly SagaDefinition[],
  flows: readonly Flow[],
  topics: readonly CarriedTopic[],
): readonly SagaDefinition[] {
  const replace = replacing(flows, topics)
  if (!replace) return sagas
  return sagas.map(saga => ({ ...saga, stages: saga.stages.map(stage => carriedStage(stage, replace)) }))
}

function carriedStage(stage: Stage, replace: Replace): Stage {
  const inner = (stages: readonly Stage[]) => stages.map(each => carriedStage(each, replace))
  if (stage.kind === 'when') return { ...stage, stages: inner(stage.stages) }
  if (stage.kind === 'together')
    return { ...stage, branches: stage.branches.map(branch => ({ ...branch, stages: inner(branch.stages) })) }
  if (stage.kind !== 'step') return stage
  const undo = stage.undo && { ...stage.undo, channel: replace(stage.undo.channel) }
  return { ...stage, channel: replace(stage.channel), undo }
}

function carriedFlow(flow: Flow, replace: Replace): Flow {
  const { name, ordering, at } = flow
  const steps = flow.steps.map(step => carriedStep(step, replace))
  return Object.freeze({ name, source: replace(flow.source), ordering, steps, at })
}

function carriedStep(step: Step, replace: Replace): Step {
  const inner = (steps: readonly Step[]) => steps.map(each => carriedStep(each, replace))
  if (step.kind === 'split') return { ...step, body: inner(step.body) }
  if (step.kind === 'route')
    return { ...step, branches: step.branches.map(branch => ({ ...branch, body: inner(branch.body) })) }
  if (!isEffect(step)) return step
  return { ...step, channel: replace(step.channel) } as Step
}
