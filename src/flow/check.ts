import { reasonOf } from '../errors.ts'
import { type Model, modelId } from '../model/model.ts'
import { samplesOf } from '../model/sample.ts'
import { type AnyChannel, channelId } from '../system/channel.ts'
import { parseDuration } from '../system/duration.ts'
import { isRepeatable } from '../system/effect.ts'
import { type Topic, topicsSystem } from '../system/topic.ts'
import { channelsOf, type Flow } from './flow.ts'
import type { Landscape } from './landscape.ts'
import { allSteps, isEffect, type Step } from './step.ts'

/** Something in a landscape that must not run, and what to do about it. */
export interface LandscapeProblem {
  /** `file:line`, where it is known. */
  readonly at: string | undefined
  readonly where: string
  readonly reason: string
  readonly remedy: string
}

/** Every problem of a landscape that can be found without running it. */
export function checkLandscape(landscape: Landscape): LandscapeProblem[] {
  const doubled = [
    ...doubles(landscape, 'system', landscape.systems),
    ...doubles(landscape, 'flow', landscape.flows),
  ]
  const seen = new Set<Model>()
  const flows = landscape.flows.flatMap(flow => [...checkFlow(landscape, flow), ...checkModels(flow, seen)])
  return [
    ...doubled,
    ...doubledChannels(landscape),
    ...unheardTopics(landscape),
    ...silentTopics(landscape),
    ...flows,
  ]
}

/** Looks at each model that was not seen before: its schema is compiled here, not when the first message comes. */
function checkModels(flow: Flow, seen: Set<Model>): LandscapeProblem[] {
  return modelsOf(flow).flatMap(model => {
    if (seen.has(model)) return []
    seen.add(model)
    const reason = flawOf(model)
    const where = `flow ${flow.name}, model ${modelId(model)}`
    const remedy = 'Mend its schema: no message could be checked by it.'
    return reason === undefined ? [] : [{ at: flow.at, where, reason, remedy }]
  })
}

function modelsOf(flow: Flow): Model[] {
  const channels = channelsOf(flow).flatMap(channel =>
    'answer' in channel ? [channel.model, channel.answer] : [channel.model],
  )
  const steps = [...allSteps(flow.steps)].flatMap(step => {
    if (step.kind === 'map') return [step.mapping.to]
    return step.kind === 'validate' ? [step.model] : []
  })
  return [...channels, ...steps]
}

/** Some validators are asynchronous only where the data are right so far: they are shown samples, too. */
function flawOf(model: Model): string | undefined {
  try {
    model.validate(undefined)
    for (const sample of samplesOf(model.jsonSchema)) model.validate(sample)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function doubles(
  landscape: Landscape,
  what: string,
  things: readonly { readonly name: string }[],
): LandscapeProblem[] {
  const names = things.map(({ name }) => name)
  return names
    .filter((name, n) => names.indexOf(name) !== n)
    .map(name => ({
      at: landscape.at,
      where: `${what} ${name}`,
      reason: `two ${what}s have this name`,
      remedy: 'Rename one of them.',
    }))
}

/** What is recorded of a channel is recorded by its id; of two with one id, nobody could tell which was meant. */
function doubledChannels({ flows }: Landscape): LandscapeProblem[] {
  const first = new Map<string, { readonly channel: AnyChannel; readonly flow: Flow }>()
  const found = new Map<AnyChannel, LandscapeProblem>()
  for (const flow of flows)
    for (const channel of channelsOf(flow)) {
      const id = channelId(channel)
      const known = first.get(id) ?? { channel, flow }
      first.set(id, known)
      if (isOnce(known.channel, channel) || found.has(channel)) continue
      found.set(channel, {
        at: flow.at,
        where: `flow ${flow.name}, channel ${id}`,
        reason: `another channel of this name is used in flow ${known.flow.name}`,
        remedy: 'Declare the channel once and use it in both places, or give one of the two another name.',
      })
    }
  return [...found.values()]
}

/** A topic in the store keeps messages for the flows that begin with it; without one it would keep them for nobody. */
function unheardTopics({ flows }: Landscape): LandscapeProblem[] {
  const heard = new Set(flows.map(({ source }) => channelId(source)))
  const reported = new Set<string>()
  return flows.flatMap(flow =>
    channelsOf(flow).flatMap(channel => {
      const id = channelId(channel)
      if (channel.system !== topicsSystem || heard.has(id) || reported.has(id)) return []
      reported.add(id)
      const where = `flow ${flow.name}, topic ${channel.name}`
      const remedy =
        'Begin a flow with .from(topic), or say by which system it is carried: landscape({ topics }).'
      return [{ at: flow.at, where, reason: 'it is published, and no flow begins with it', remedy }]
    }),
  )
}

/** A flow that begins with a topic in the store which nobody publishes would wait for ever. */
function silentTopics({ flows }: Landscape): LandscapeProblem[] {
  const ends = flows.flatMap(flow => channelsOf(flow).filter(channel => channel !== flow.source))
  const published = new Set(ends.map(channelId))
  return flows.flatMap(({ name, at, source }) => {
    if (source.system !== topicsSystem || published.has(channelId(source))) return []
    const where = `flow ${name}, topic ${source.name}`
    const remedy =
      'Let a flow publish it with .to(topic), or say by which system it is carried: landscape({ topics }).'
    return [{ at, where, reason: 'the flow begins with it, and no flow publishes it', remedy }]
  })
}

/** The two ends of a topic are one channel. */
function isOnce(one: AnyChannel, other: AnyChannel): boolean {
  return endOf(one) === endOf(other)
}

function endOf(channel: AnyChannel): AnyChannel {
  return 'source' in channel ? (channel as Topic<unknown>).source : channel
}

function checkFlow(landscape: Landscape, flow: Flow): LandscapeProblem[] {
  const problems: LandscapeProblem[] = []
  const report = (where: string, reason: string, remedy: string) => {
    problems.push({ at: flow.at, where: `flow ${flow.name}, ${where}`, reason, remedy })
  }
  const known = new Set(landscape.systems.map(({ name }) => name))
  const steps = [...allSteps(flow.steps)]
  for (const channel of channelsOf(flow))
    if (!known.has(channel.system))
      report(
        `channel ${channelId(channel)}`,
        `its system "${channel.system}" is not in the landscape`,
        `Add it to landscape({ systems: [...] }).`,
      )
  if (!steps.some(isEffect))
    report('as a whole', 'it reads messages and sends them nowhere', 'Add a .to(...) with a sink.')
  for (const step of steps) checkEffect(step, report)
  return problems
}

/** The types refuse these already; a flow may come from JavaScript all the same. */
function checkEffect(step: Step, report: (where: string, reason: string, remedy: string) => void): void {
  if (!isEffect(step) || step.kind === 'tap') return
  const { effect } = step.channel
  const { unanswered, retry = {} } = step.policy
  for (const pause of [retry.first, retry.longest])
    try {
      if (pause !== undefined) parseDuration(pause)
    } catch (error) {
      report(`step ${step.id}`, 'its pause between attempts cannot be read', reasonOf(error))
    }
  if (unanswered === 'retry' && !isRepeatable(effect))
    report(
      `step ${step.id}`,
      `it repeats calls that were not answered, but ${channelId(step.channel)} is ${effect.kind}`,
      `Use unanswered: 'park', or give the channel an idempotency key or a probe.`,
    )
  if (unanswered === 'probe' && !effect.probe)
    report(
      `step ${step.id}`,
      `${channelId(step.channel)} cannot be probed`,
      `Use unanswered: 'park', or declare a probe.`,
    )
}
