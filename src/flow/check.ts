import { reasonOf } from '../errors.ts'
import { type Model, modelId } from '../model/model.ts'
import { samplesOf } from '../model/sample.ts'
import { type AnyChannel, channelId } from '../system/channel.ts'
import { type Topic, topicsSystem } from '../system/topic.ts'
import { checkAggregate } from './aggregate/check-aggregate.ts'
import { checkCall } from './check-call.ts'
import { channelsOf, type Flow } from './flow.ts'
import type { Landscape } from './landscape.ts'
import { usedChannels } from './own-systems.ts'
import { checkPipelines } from './pipeline/check-pipelines.ts'
import type { LandscapeProblem } from './problem.ts'
import { checkSaga } from './saga/check-saga.ts'
import { calledChannels } from './saga/stage.ts'
import { allSteps, isEffect } from './step.ts'
import { Transaction } from './transaction.ts'

/** Every problem of a landscape that can be found without running it. */
export function checkLandscape(landscape: Landscape): LandscapeProblem[] {
  const doubled = [
    ...doubles(landscape, 'system', landscape.systems),
    ...doubles(landscape, 'flow', landscape.flows),
    ...doubles(landscape, 'aggregate', landscape.aggregates),
    ...doubles(landscape, 'projection', landscape.projections),
    ...doubles(landscape, 'pipeline', landscape.pipelines),
  ]
  const seen = new Set<Model>()
  const flows = landscape.flows.flatMap(flow => [...checkFlow(landscape, flow), ...checkModels(flow, seen)])
  const sagas = landscape.sagas.flatMap(checkSaga)
  return [
    ...doubled,
    ...doubledChannels(landscape),
    ...unheardTopics(landscape),
    ...silentTopics(landscape),
    ...flows,
    ...sagas,
    ...landscape.aggregates.flatMap(definition => checkAggregate(definition, flawOf)),
    ...checkUses(landscape),
    ...idleSentinels(landscape),
    ...checkPipelines(landscape, flawOf),
  ]
}

/** A sentinel sees what is accepted: of a channel that no flow reads, that is nothing. */
function idleSentinels({ flows, sentinels }: Landscape): LandscapeProblem[] {
  const read = new Set(flows.map(({ source }) => channelId(source)))
  return sentinels
    .filter(({ channel }) => !read.has(channelId(channel)))
    .map(({ channel, at }) => ({
      at,
      where: `sentinel of ${channelId(channel)}`,
      reason: 'no flow reads this channel, so that nothing is ever compared',
      remedy: 'Let a flow begin there, or remove the sentinel.',
      level: 'warning',
    }))
}

/** What sagas and transactions call must be there, too. */
function checkUses({ flows, sagas, systems, at }: Landscape): LandscapeProblem[] {
  const known = new Set(systems.map(({ name }) => name))
  const used = new Map(usedChannels([], sagas).map(channel => [channelId(channel), channel]))
  for (const channel of usedChannels(flows, sagas))
    if (channel instanceof Transaction)
      for (const write of channel.writes) used.set(channelId(write.channel), write.channel)
  return [...used.values()]
    .filter(({ system }) => !known.has(system))
    .map(channel => ({
      at,
      where: `channel ${channelId(channel)}`,
      reason: `its system "${channel.system}" is not in the landscape`,
      remedy: 'Add it to landscape({ systems: [...] }).',
      level: 'error',
    }))
}

/** Looks at each model that was not seen before: its schema is compiled here, not when the first message comes. */
function checkModels(flow: Flow, seen: Set<Model>): LandscapeProblem[] {
  return modelsOf(flow).flatMap(model => {
    if (seen.has(model)) return []
    seen.add(model)
    const reason = flawOf(model)
    const where = `flow ${flow.name}, model ${modelId(model)}`
    const remedy = 'Mend its schema: no message could be checked by it.'
    const level = 'error' as const
    return reason === undefined ? [] : [{ at: flow.at, where, reason, remedy, level }]
  })
}

function modelsOf(flow: Flow): Model[] {
  const channels = channelsOf(flow).flatMap(channel =>
    'answer' in channel ? [channel.model, channel.answer] : [channel.model],
  )
  const steps = [...allSteps(flow.steps)].flatMap(step => {
    if (step.kind === 'map') return [step.mapping.to]
    return step.kind === 'validate' && step.model ? [step.model] : []
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
      level: 'error',
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
        level: 'error',
      })
    }
  return [...found.values()]
}

/** A topic in the store keeps messages for the flows that begin with it; without one it would keep them for nobody. */
function unheardTopics({ flows, sagas }: Landscape): LandscapeProblem[] {
  const heard = new Set(flows.map(({ source }) => channelId(source)))
  const reported = new Set<string>()
  const publishers = [
    ...flows.map(flow => ({ who: `flow ${flow.name}`, at: flow.at, channels: channelsOf(flow) })),
    ...sagas.map(({ name, at, stages }) => ({
      who: `saga ${name}`,
      at,
      channels: [...calledChannels(stages)],
    })),
  ]
  return publishers.flatMap(({ who, at, channels }) =>
    channels.flatMap(channel => {
      const id = channelId(channel)
      if (channel.system !== topicsSystem || heard.has(id) || reported.has(id)) return []
      reported.add(id)
      const where = `${who}, topic ${channel.name}`
      const remedy =
        'Begin a flow with .from(topic), or say by which system it is carried: landscape({ topics }).'
      const level = 'error' as const
      return [{ at, where, reason: 'it is published, and no flow begins with it', remedy, level }]
    }),
  )
}

/** A flow that begins with a topic in the store which nobody publishes would wait for ever. */
function silentTopics({ flows, sagas }: Landscape): LandscapeProblem[] {
  const inFlows = flows.flatMap(flow => channelsOf(flow).filter(channel => channel !== flow.source))
  const ends = [...inFlows, ...usedChannels([], sagas)]
  const published = new Set(ends.map(channelId))
  return flows.flatMap(({ name, at, source }) => {
    if (source.system !== topicsSystem || published.has(channelId(source))) return []
    const where = `flow ${name}, topic ${source.name}`
    const remedy =
      'Let a flow publish it with .to(topic), or say by which system it is carried: landscape({ topics }).'
    return [
      { at, where, reason: 'the flow begins with it, and no flow publishes it', remedy, level: 'error' },
    ]
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
    problems.push({ at: flow.at, where: `flow ${flow.name}, ${where}`, reason, remedy, level: 'error' })
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
  for (const step of steps)
    if (isEffect(step) && step.kind !== 'tap')
      checkCall(step.channel, step.policy, (reason, remedy) => report(`step ${step.id}`, reason, remedy))
  return problems
}
