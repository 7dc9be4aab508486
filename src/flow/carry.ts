import type { AnyChannel } from '../system/channel.ts'
import type { CarriedTopic } from '../system/topic.ts'
import type { Flow } from './flow.ts'
import { isEffect, type Step } from './step.ts'

/** The flows with their topics replaced by what carries these; ids of steps, and so effect keys, stay as they are. */
export function carried(flows: readonly Flow[], topics: readonly CarriedTopic[]): readonly Flow[] {
  if (topics.length === 0) return flows
  const carriers = new Map<AnyChannel, AnyChannel>(
    topics.flatMap(({ topic, carrier }) => [
      [topic, carrier] as const,
      [topic.source, carrier.source] as const,
    ]),
  )
  return flows.map(flow => carriedFlow(flow, channel => (carriers.get(channel) ?? channel) as typeof channel))
}

type Replace = <C extends AnyChannel>(channel: C) => C

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
