import type { Flow } from '../../../flow/flow.ts'
import { channelsOf } from '../../../flow/flow.ts'
import { usedChannels } from '../../../flow/own-systems.ts'
import { allStages } from '../../../flow/saga/stage.ts'
import { allSteps, isEffect } from '../../../flow/step.ts'
import { modelId } from '../../../model/model.ts'
import { hasPersonalKey } from '../../../observe/personal-data.ts'
import { type AnyChannel, channelId } from '../../../system/channel.ts'
import type { System } from '../../../system/system.ts'
import { flowStatus } from '../flow-status.ts'
import { describedSteps } from './described.ts'
import type { LandscapeView, Sees } from './landscape-view.ts'
import { islandOf } from './map.ts'
import { textOfVersion } from './registry.ts'
import type { FlowDetail, FlowVersion, SystemDetail } from './schemas.ts'

const day = 86_400_000
const listed = 50

/** Everything about one flow; undefined if the landscape has it not. */
export async function flowDetail(
  view: LandscapeView,
  name: string,
  sees: Sees,
  now = Date.now(),
): Promise<FlowDetail | undefined> {
  const { landscape, changes, reader } = view.sight
  const flow = landscape.flows.find(each => each.name === name)
  if (!flow) return undefined
  const { bridges } = await view.state(sees, now)
  const own = bridges.filter(each => each.flow === name)
  const worst = own.find(({ state }) => state === 'down') ?? own.find(({ state }) => state !== 'ok') ?? own[0]
  const stand = (await view.stands(now)).get(name)
  const state = worst?.state ?? stand?.state ?? 'no signal'
  const { source, ordering, at, steps } = flow
  const live = stand?.live
  return {
    flow: name,
    at,
    source: { channel: channelId(source), system: source.system, model: modelId(source.model) },
    targets: [...allSteps(steps)].filter(isEffect).map(({ kind, channel }) => {
      return { channel: channelId(channel), system: channel.system, kind, effect: channel.effect.kind }
    }),
    key: {
      ...view.files.of(ordering.of, at),
      afterPark: ordering.afterPark,
      personal: hasPersonalKey(flow),
    },
    steps: describedSteps(flow, view.files),
    state,
    since: worst?.since ?? view.since(`flow ${name}`, state, now),
    cause: worst?.cause,
    pause: view.pauseOf(name),
    waits: live?.paused ?? live?.sourceFailed,
    ...view.pace(`flow ${name}`),
    version: view.versionsOf(name)[0]?.version,
    versions: versionsOf(view, name),
    sheet: await sheetOf(view, flow),
    limits: limitsOf(view, flow),
    ...neighbours(view, flow, sees),
    changes: changes
      .since(now - 7 * day, { flow: name })
      .toReversed()
      .slice(0, listed),
  }

  async function sheetOf({ sight }: LandscapeView, { name }: Flow): Promise<FlowDetail['sheet']> {
    const stored = (await reader.flows()).find(each => each.flow === name)
    const status = flowStatus(name, stored, sight.flow(name))
    const { accepted, ended, waiting, retrying, held, parked, inDoubt, oldestWaiting } = status
    const missing = accepted - ended - waiting - retrying - held - parked - inDoubt
    return { accepted, ended, waiting, retrying, held, parked, inDoubt, oldestWaiting, missing }
  }
}

/** Undefined if there is no such version, or its text is not kept. */
export async function flowVersion(
  view: LandscapeView,
  flow: string,
  version: number,
): Promise<FlowVersion | undefined> {
  const found = versionsOf(view, flow).find(each => each.version === version)
  const known = view.versionsOf(flow).find(each => each.version === version)
  const { reader, landscape } = view.sight
  const text = known && (await textOfVersion(reader, landscape.name, known))
  return found && text !== undefined ? { flow, ...found, text } : undefined
}

/** Everything about one system; undefined if the landscape has it not. */
export async function systemDetail(
  view: LandscapeView,
  name: string,
  sees: Sees,
  now = Date.now(),
): Promise<SystemDetail | undefined> {
  const { landscape, changes, calls } = view.sight
  const known = landscape.systems.find(each => each.name === name)
  if (!known) return undefined
  const { islands } = await view.state(sees, now)
  const island = islands.find(each => each.island === name)
  const { reason, waiting } = calls(name)
  const state = island?.state ?? (view.sight.isRunning() ? 'ok' : 'no signal')
  return {
    system: name,
    kind: known.kind,
    connector: known.connector.name,
    own: island?.own ?? true,
    options: { ...known.connector.summary },
    state,
    since: island?.since,
    cause: reason,
    waiting,
    ...view.pace(`system ${name}`),
    limits: governed(known),
    channels: channelsAt(view, name, sees),
    changes: changes
      .since(now - 7 * day, { system: name })
      .toReversed()
      .slice(0, listed),
  }
}

function versionsOf(view: LandscapeView, flow: string): FlowDetail['versions'] {
  const all = view.versionsOf(flow)
  return all.map(({ version, hash, since }, n) => ({ version, hash, since, until: all[n - 1]?.since }))
}

function limitsOf(view: LandscapeView, flow: Flow): FlowDetail['limits'] {
  const names = new Set(channelsOf(flow).map(({ system }) => system))
  return view.sight.landscape.systems
    .filter(({ name }) => names.has(name))
    .map(each => {
      const { breaker, ...limits } = governed(each)
      return { system: each.name, ...limits, breaker: breaker.failures }
    })
}

/** What holds where the author has said nothing is said in governance.ts. */
function governed({ governance }: System): SystemDetail['limits'] {
  const { quota, concurrency, timeout = '60s', breaker = {} } = governance
  const { failures = 5, first = '1s', longest = '30s' } = breaker
  return { quota, concurrency, timeout, breaker: { failures, first, longest } }
}

function neighbours(view: LandscapeView, flow: Flow, sees: Sees): Pick<FlowDetail, 'begunBy' | 'leadsTo'> {
  const others = view.sight.landscape.flows.filter(({ name }) => name !== flow.name && sees({ flow: name }))
  const delivers = ({ steps }: Flow) =>
    [...allSteps(steps)].filter(isEffect).map(({ channel }) => channelId(channel))
  const takes = (one: Flow, other: Flow) =>
    delivers(one).includes(channelId(other.source)) && islandOf(other.source) !== other.source.system
  return {
    begunBy: others.filter(other => takes(other, flow)).map(({ name }) => name),
    leadsTo: others.filter(other => takes(flow, other)).map(({ name }) => name),
  }
}

function channelsAt(view: LandscapeView, system: string, sees: Sees): SystemDetail['channels'] {
  const { landscape, flow: liveFlow } = view.sight
  const { flows, sagas } = landscape
  const used = usedChannels(flows, sagas).filter(channel => channel.system === system)
  const single = [
    ...new Map(used.map(channel => [`${channel.role} ${channelId(channel)}`, channel])).values(),
  ]
  const same = (a: AnyChannel, b: AnyChannel) => channelId(a) === channelId(b) && a.role === b.role
  return single.map(channel => {
    const by = flows.filter(
      flow => sees({ flow: flow.name }) && channelsOf(flow).some(each => same(each, channel)),
    )
    const failed = by.map(({ name }) => liveFlow(name)?.sourceFailed).find(reason => reason !== undefined)
    return {
      channel: channelId(channel),
      role: channel.role,
      model: modelId(channel.model),
      effect: channel.role === 'source' ? undefined : channel.effect.kind,
      flows: by.map(({ name }) => name),
      sagas: sagas
        .filter(({ stages }) =>
          [...allStages(stages)].some(stage => stage.kind === 'step' && same(stage.channel, channel)),
        )
        .map(({ name }) => name),
      failed: channel.role === 'source' ? failed : undefined,
    }
  })
}
