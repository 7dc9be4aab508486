import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { usedChannels } from '../flow/own-systems.ts'
import { pipelineChannels } from '../flow/pipeline/pipeline.ts'
import { allSteps, isEffect } from '../flow/step.ts'
import type { Json } from '../message/json-value.ts'
import type { Membership, Role } from '../store/members.ts'
import type { Append, Appended, Claim, Store } from '../store/store.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../system/channel.ts'
import type { ConnectContext } from '../system/connector.ts'
import { addressRule } from '../system/network.ts'
import { aggregatesSystem, isOwnChannel } from '../system/own-system.ts'
import type { Requester, Sink } from '../system/roles.ts'
import type { System } from '../system/system.ts'
import { topicsSystem } from '../system/topic.ts'
import { Admission, type AdmissionLimits, defaultAdmissionLimits } from './admission.ts'
import type { Aggregates } from './aggregate/aggregates.ts'
import { effectChannels } from './channels.ts'
import { Connections } from './connections.ts'
import { Coordination } from './coordination.ts'
import type { EngineEvent, Watcher } from './events.ts'
import { FlowRunner } from './flow-runner.ts'
import { Governor, type GovernorState } from './governance/governor.ts'
import { endingHost, type Host, sleep } from './host.ts'
import { ChannelIntake } from './intake.ts'
import { LeasedWork } from './leased-work.ts'
import { defaultFlowLimits, type FlowLimits } from './limits.ts'
import { Lookout } from './members/lookout.ts'
import { playRemote, remoteRole } from './members/remote-roles.ts'
import { Requests } from './members/requests.ts'
import { groupsOf, SharedTenure, soleTenure, type Tenure, type TenureOptions } from './members/tenure.ts'
import { Mover } from './mover.ts'
import { applyOffline } from './person.ts'
import type { Pipelines } from './pipelines/pipelines.ts'
import { planFlow } from './plan.ts'
import type { Retention } from './retention.ts'
import { RunningSources } from './running-sources.ts'
import type { Sagas } from './saga/sagas.ts'
import { forgetPosition } from './sources.ts'
import type { Tracing } from './tracing.ts'
import type { Transport } from './transport.ts'
import type { Transactions } from './two-phase-commit/transactions.ts'

export interface EngineOptions {
  readonly landscape: Landscape
  /** The engine closes it when it stops; the caller, when the engine does not start. */
  readonly store: Store
  /** What shows that we may work on the store: on all of it, or as one of its members. */
  readonly claim: Claim | Membership
  /**
   * Takes what sources deliver without a position, before it comes into the journal; nothing does if absent. Has been
   * checked. The engine closes it as it does the store.
   */
  readonly transport?: Transport | undefined
  readonly host: Host
  readonly connectContext: (system: System) => Omit<ConnectContext, 'turn' | 'allows'>
  readonly watch?: Watcher
  /** Follows messages; nobody does if absent. */
  readonly tracing?: Tracing | undefined
  /**
   * Nothing can be made durable any more: the process must end with the exit code for a failed store, at once, since
   * what is in memory is lost to us and the next start recovers it.
   */
  readonly onFatal: (error: unknown) => void
  readonly limits?: { readonly flow?: Partial<FlowLimits>; readonly admission?: Partial<AdmissionLimits> }
  readonly retention?: Retention
  /** By which branches of transactions at shared databases are known to be ours; the landscape's name if absent. */
  readonly cluster?: string
  /** Milliseconds for which the identity of a message is known; 7 days if absent. */
  readonly identityWindow?: number
  /** What another member asks of this one, of what this one coordinates and the engine does not know. */
  readonly onRequest?: ((request: Json) => Promise<Json>) | undefined
  /** What a sign of life tells people besides, of the process. */
  readonly load?: (() => Readonly<Record<string, Json>>) | undefined
  /** Flows that a person has paused: they begin nothing until `release` of their runner. */
  readonly halted?: ReadonlySet<string>
}

const sevenDays = 7 * 86_400_000

/** A running landscape. */
export interface Engine {
  readonly landscape: Landscape
  readonly store: Store
  readonly tenure: Tenure
  /** Sources that one member at a time reads. */
  readonly leasedSources: readonly string[]
  runner(flow: string): FlowRunner | undefined
  readonly sagas: Sagas
  readonly transactions: Transactions
  readonly aggregates: Aggregates
  readonly pipelines: Pipelines
  /** Why nothing is accepted, if so. */
  closed(): string | undefined
  /** How the calls of a system are going: why it is not called, if so, and how much waits for it. */
  calls(system: string): GovernorState
  /** Appends to a stream, and lets the messages run that come with it. */
  append(append: Append): Promise<Appended>
  /** For people: what they decide, wherever the message or the source is looked after. */
  readonly requests: Requests
  /**
   * Accepts nothing more at once, lets what is running end, and closes everything. After `grace` milliseconds calls
   * under way are aborted; what they did is settled at the next start. Called again, it can only end sooner.
   */
  stop(grace?: number): Promise<void>
}

/** Runs a landscape over a store: recovers what an earlier process left, then opens for messages. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { landscape, store, claim } = options
  const { host, end } = endingHost(options.host)
  const watch = guardedWatch(options.watch)
  const fatal = fatalOnce(options.onFatal, watch)
  const governors = governorsOf(landscape, host, watch)
  const governor = (system: string) => governors.get(system) as Governor
  const used = [
    ...usedChannels(landscape.flows, landscape.sagas),
    ...landscape.pipelines.flatMap(pipelineChannels),
  ]
  const channelsOutside = used.filter(channel => !isOwnChannel(channel))
  const connections = new Connections(channelsOutside, host, event => {
    if (event.type === 'system')
      governor(event.system).unreachable =
        event.state === 'open' ? undefined : (event.reason ?? 'not connected')
    watch(event)
  })
  const admission = new Admission(host, { ...defaultAdmissionLimits, ...options.limits?.admission }, watch)
  const window = options.identityWindow ?? sevenDays
  const common = { store, host, watch, onFatal: fatal, governor }
  const coordination = new Coordination({
    own: {
      ...{ ...common, landscape, connections, cluster: options.cluster ?? landscape.name },
      outbox: ({ name }, deliveries) => events.get(`${aggregatesSystem}.${name}.events`)?.outbox(deliveries),
    },
    pipelines: {
      ...{ ...common, pipelines: landscape.pipelines },
      warehouse: system => connections.warehouse(system),
      role: channel => connections.role(channel as SourceChannel<unknown>),
    },
    retention: { ...options.retention, identities: window },
  })
  const runner = (name: string) => runners.find(({ flow }) => flow === name)
  const isMember = 'beat' in claim
  const roles: readonly Role[] = isMember ? claim.member.roles : ['intake', 'worker', 'scheduler']
  const partitions = claim.partitions ?? 1
  const { tracing, transport } = options
  const role: Coordination['role'] = channel =>
    isOwnChannel(channel) ? ownRole(channel) : connections.role(channel)
  const remote = new Map<string, Sink & Requester>()
  const ownRole: Coordination['role'] = channel => {
    if (coordination.isHere || !isMember) return coordination.role(channel)
    const known = remote.get(channelId(channel)) ?? remoteRole(claim, channel)
    remote.set(channelId(channel), known)
    return known
  }
  const flows = landscape.flows.map(flow => {
    const plan = planFlow(flow)
    const steps = [...allSteps(flow.steps)].filter(isEffect)
    const { channels, abort } = effectChannels(flow.name, steps, { role, host, watch, governor })
    const limits = { ...defaultFlowLimits, ...options.limits?.flow }
    const of = { plan, landscape: landscape.name, partitions, limits, channels, tracing }
    const runner = new FlowRunner({ ...common, ...of })
    if (options.halted?.has(flow.name)) runner.halt()
    return { plan, abort, runner }
  })
  const runners = flows.map(({ runner }) => runner)
  const intakeOf = (channel: SourceChannel<unknown>, token?: number) => {
    const fed = flows.filter(({ plan }) => channelId(plan.flow.source) === channelId(channel))
    const carried = isOwnChannel(channel) || isTopic(channel) ? undefined : transport
    const how = { partitions, admission, tracing, transport: carried, window, token }
    return new ChannelIntake({ ...common, ...how, channel, flows: fed })
  }
  const [outside, inside] = sourcesOf(landscape)
  const events = new Map(inside.map(channel => [channelId(channel), intakeOf(channel)]))
  const sources = new RunningSources({ connections, host, watch, intake: intakeOf })
  const channels = landscape.flows.map(({ source }) => source)
  const mover = transport && new Mover({ ...common, transport, admission, runner, channels, window })
  const leased = outside.filter(channel => !isTopic(channel) && !channel.listens)

  let opened: Promise<void> | undefined
  const open = () => {
    opened ??= (async () => {
      for (const each of governors.values()) each.start()
      await admission.start()
    })()
    return opened
  }
  const topics = outside.filter(isTopic)
  const parts = { runners, coordination, sources, mover, leased, topics }
  const work = new LeasedWork({ store, host, partitions, ...parts, open })
  const lookout = new Lookout(
    host,
    () => store.read.heads().catch(() => []),
    ({ flow, head }) => runner(flow)?.wake(head),
  )
  const tenureOptions: TenureOptions = {
    groups: groupsOf(partitions, leased.map(channelId)),
    host,
    async take(leases) {
      if (!isMember) return await work.take(leases)
      await work.take(leases).catch(fatal)
      for (const { name, clean } of leases) watch({ type: 'lease', lease: name, state: 'taken', clean })
    },
    async give(lease) {
      await work.give(lease)
      watch({ type: 'lease', lease, state: 'given' })
    },
    // Who runs no flows has nothing to look for.
    wake: () => void (roles.includes('worker') && lookout.hint()),
    doubt: unsure => {
      for (const runner of runners) runner.doubt(unsure)
      watch({ type: 'membership', sure: !unsure })
    },
    callers(count) {
      for (const each of governors.values()) each.sharers = count
    },
    skew: ahead => watch({ type: 'clock', ahead }),
    lost: fatal,
    load: () => ({
      inMemory: runners.reduce((sum, { state }) => sum + state.inMemory, 0),
      ...options.load?.(),
    }),
  }
  const tenure = isMember ? new SharedTenure(claim, tenureOptions) : soleTenure(claim, tenureOptions)
  try {
    await connections.start(landscape.systems, system => ({
      ...options.connectContext(system),
      turn: signal => governor(system.name).turn(signal),
      allows: addressRule(system.allow),
    }))
  } catch (error) {
    await connections.close()
    throw error
  }
  await tenure.begin()
  for (const channel of topics) sources.run(channel)
  await open()
  if (roles.includes('intake'))
    for (const channel of outside.filter(({ listens }) => listens)) sources.run(channel)

  const append = async (asked: Append): Promise<Appended> => {
    const [appended] = await store.append([asked], tenure.token).catch(error => {
      const isKnown = error instanceof IsthmusError && (error.fate === 'retry' || error.code === 'STORE-FULL')
      if (!isKnown) fatal(error)
      throw error
    })
    if (appended?.status !== 'appended') return appended as Appended
    for (const [n, accepted] of appended.accepted.entries()) {
      const message = asked.messages?.[n]
      if (!message || accepted.status !== 'accepted') continue
      const { flows: addresses, id, head, body, acceptedAt } = message
      for (const [at, address] of addresses.entries()) {
        const { flow, key } = address
        watch({ type: 'accepted', flow, key, id })
        runner(flow)?.offer(
          { ...address, seq: accepted.seqs[at] as number, id, head, body, acceptedAt },
          undefined,
        )
      }
    }
    return appended
  }

  const patience = new AbortController()
  const requests = new Requests({
    tenure,
    runner,
    decideAlone: (flow, { partition }, token, decided) =>
      applyOffline(store, flow, { partition, token }, decided),
    async resync(source) {
      const forget = () => forgetPosition(store, source)
      const restart = sources.restart(source)
      await (restart ? restart.after(forget) : forget())
    },
    retry: source => sources.restart(source)?.tryNow() ?? false,
    async call(request) {
      const channel = used.filter(isOwnChannel).find(each => channelId(each) === request.channel)
      if (!channel) throw new IsthmusError('CONTROL-REFUSED', `There is no ${request.channel} here.`)
      return await playRemote(coordination.role(channel as SinkChannel<unknown>), request, patience.signal)
    },
    outside: async request => (await options.onRequest?.(request)) ?? null,
  })
  const stop = async (): Promise<void> => {
    admission.stop()
    for (const each of governors.values()) each.stop()
    const overdue = new AbortController()
    const ended = Promise.all([
      sources.stopAll(),
      tenure.retire(),
      coordination.stop(),
      ...runners.map(runner => runner.stop()),
    ])
    await Promise.race([ended, aborted(patience.signal)])
    coordination.abort()
    for (const { abort } of flows) abort()
    await Promise.race([ended, sleep(host, 2_000, overdue.signal)])
    overdue.abort()
    await tenure.end()
    await connections.close()
    await transport?.close()
    await store.close()
    end()
  }
  let stopped: Promise<void> | undefined
  return {
    landscape,
    store,
    tenure,
    get sagas() {
      return coordination.own.sagas
    },
    get transactions() {
      return coordination.own.transactions
    },
    get aggregates() {
      return coordination.own.aggregates
    },
    get pipelines() {
      return coordination.pipelines
    },
    leasedSources: leased.map(channelId),
    runner,
    closed: () => admission.closed,
    append,
    calls: system => governor(system).state,
    requests,
    stop: (grace = 25_000) => {
      stopped ??= stop()
      const cancel = host.after(grace, () => patience.abort())
      stopped.then(cancel, cancel)
      return stopped
    },
  }
}

/** A circuit that opens or closes is told like a connection that is lost or made. */
function governorsOf(landscape: Landscape, host: Host, watch: Watcher): ReadonlyMap<string, Governor> {
  return new Map(
    landscape.systems.map(({ name: system, governance }) => [
      system,
      new Governor(system, governance, host, reason =>
        watch({
          type: 'system',
          system,
          ...(reason === undefined ? { state: 'open' } : { state: 'unreachable', reason }),
        }),
      ),
    ]),
  )
}

/** Of systems outside, and of our own. */
function sourcesOf(landscape: Landscape): [SourceChannel<unknown>[], SourceChannel<unknown>[]] {
  const all = [...new Map(landscape.flows.map(({ source }) => [channelId(source), source])).values()]
  return [all.filter(source => !isOwnChannel(source)), all.filter(isOwnChannel)]
}

function isTopic({ system }: SourceChannel<unknown>): boolean {
  return system === topicsSystem
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A watcher that fails must not disturb what it watches. */
function guardedWatch(watch: Watcher | undefined): Watcher {
  if (!watch) return () => {}
  return (event: EngineEvent) => {
    try {
      watch(event)
    } catch {
      // It has no way to say so but to watch better.
    }
  }
}

function fatalOnce(onFatal: (error: unknown) => void, watch: Watcher): (error: unknown) => void {
  let told = false
  return error => {
    if (told) return
    told = true
    const code = error instanceof IsthmusError ? error.code : 'STORE-FAILED'
    watch({ type: 'fatal', code, reason: reasonOf(error) })
    onFatal(error)
  }
}
