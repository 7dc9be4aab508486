import type { AnyChannel } from '../system/channel.ts'
import { type CarriedTopic, topicsSystem } from '../system/topic.ts'
import { channelsOf, type Flow } from './flow.ts'
import { isEffect, type Step } from './step.ts'

/** The flows with their topics replaced by what carries these; ids of steps, and so effect keys, stay as they are. */
export function carried(flows: readonly Flow[], topics: readonly CarriedTopic[]): readonly Flow[] {
  if (topics.length === 0) return flows
  const read = new Set<AnyChannel>(flows.map(({ source }) => source))
  const carriers = new Map<AnyChannel, AnyChannel>(
    topics.flatMap(({ topic, carrier, unread = carrier }) => [
      [topic, read.has(topic.source) ? carrier : unread] as const,
      [topic.source, carrier.source] as const,
    ]),
  )
  return flows.map(flow => carriedFlow(flow, channel => (carriers.get(channel) ?? channel) as typeof channel))
}

/** Whether any flow uses a topic that no other system carries. */
export function hasOwnTopics(flows: readonly Flow[]): boolean {
  return flows.some(flow => channelsOf(flow).some(({ system }) => system === topicsSystem))
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
