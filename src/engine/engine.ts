import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { usedChannels } from '../flow/own-systems.ts'
import { allSteps, isEffect } from '../flow/step.ts'
import type { Append, Appended, Claim, Store } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { ConnectContext } from '../system/connector.ts'
import { addressRule } from '../system/network.ts'
import { aggregatesSystem, isOwnChannel } from '../system/own-system.ts'
import type { System } from '../system/system.ts'
import { Admission, type AdmissionLimits, defaultAdmissionLimits } from './admission.ts'
import type { Aggregates } from './aggregate/aggregates.ts'
import { effectChannels } from './channels.ts'
import { Connections } from './connections.ts'
import type { EngineEvent, Watcher } from './events.ts'
import { FlowRunner } from './flow-runner.ts'
import { Governor, type GovernorState } from './governance/governor.ts'
import { type Host, sleep } from './host.ts'
import { ChannelIntake } from './intake.ts'
import { defaultFlowLimits, type FlowLimits } from './limits.ts'
import { OwnRoles } from './own-roles.ts'
import { planFlow } from './plan.ts'
import { keepRetiring, type Retention } from './retention.ts'
import type { Sagas } from './saga/sagas.ts'
import { forgetPosition, keepRunning, Restart } from './sources.ts'
import type { Transactions } from './two-phase-commit/transactions.ts'

export interface EngineOptions {
  readonly landscape: Landscape
  /** The engine closes it when it stops; the caller, when the engine does not start. */
  readonly store: Store
  readonly claim: Claim
  readonly host: Host
  readonly connectContext: (system: System) => Omit<ConnectContext, 'turn' | 'allows'>
  readonly watch?: Watcher
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
}

const sevenDays = 7 * 86_400_000

/** A running landscape. */
export interface Engine {
  readonly landscape: Landscape
  readonly store: Store
  readonly claim: Claim
  runner(flow: string): FlowRunner | undefined
  readonly sagas: Sagas
  readonly transactions: Transactions
  readonly aggregates: Aggregates
  /** Why nothing is accepted, if so. */
  closed(): string | undefined
  /** How the calls of a system are going: why it is not called, if so, and how much waits for it. */
  calls(system: string): GovernorState
  /** Appends to a stream, and lets the messages run that come with it. */
  append(append: Append): Promise<Appended>
  /** Forgets the place of a source, and lets it begin anew. */
  resync(source: string): Promise<void>
  /** Lets a source that has failed try again at once; false if it does not wait for that. */
  retry(source: string): boolean
  /**
   * Accepts nothing more at once, lets what is running end, and closes everything. After `grace` milliseconds calls
   * under way are aborted; what they did is settled at the next start. Called again, it can only end sooner.
   */
  stop(grace?: number): Promise<void>
}

/** Runs a landscape over a store: recovers what an earlier process left, then opens for messages. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { landscape, store, claim, host } = options
  const watch = guardedWatch(options.watch)
  const fatal = fatalOnce(options.onFatal, watch)
  const governors = governorsOf(landscape, host, watch)
  const governor = (system: string) => governors.get(system) as Governor
  const channelsOutside = usedChannels(landscape.flows, landscape.sagas).filter(
    channel => !isOwnChannel(channel),
  )
  const connections = new Connections(channelsOutside, host, event => {
    if (event.type === 'system')
      governor(event.system).unreachable =
        event.state === 'open' ? undefined : (event.reason ?? 'not connected')
    watch(event)
  })
  const admission = new Admission(host, { ...defaultAdmissionLimits, ...options.limits?.admission }, watch)
  const states = await store.read.flows()
  const own = new OwnRoles({
    landscape,
    cluster: options.cluster ?? landscape.name,
    store,
    token: claim.token,
    host,
    watch,
    onFatal: fatal,
    connections,
    governor,
    outbox: ({ name }, deliveries) => events.get(`${aggregatesSystem}.${name}.events`)?.outbox(deliveries),
  })
  const calls = { role: own.role, host, watch, governor }
  const flows = landscape.flows.map(flow => {
    const plan = planFlow(flow)
    const { channels, abort } = effectChannels(flow.name, [...allSteps(flow.steps)].filter(isEffect), calls)
    const limits = { ...defaultFlowLimits, ...options.limits?.flow }
    const state = states.find(known => known.flow === flow.name)
    const common = { plan, landscape: landscape.name, store, host, claim, limits, channels }
    return { plan, abort, runner: new FlowRunner({ ...common, watch, onFatal: fatal }, state) }
  })
  const window = options.identityWindow ?? sevenDays
  const intakeOf = (channel: SourceChannel<unknown>) => {
    const fed = flows.filter(({ plan }) => channelId(plan.flow.source) === channelId(channel))
    return new ChannelIntake({ channel, flows: fed, store, host, admission, watch, onFatal: fatal, window })
  }
  const [outside, inside] = sourcesOf(landscape)
  const events = new Map(inside.map(channel => [channelId(channel), intakeOf(channel)]))
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
  await own.recover()
  for (const { runner } of flows) await runner.recover()
  for (const { runner } of flows) await runner.runSuspects()
  for (const each of governors.values()) each.start()
  own.start()
  for (const { runner } of flows) runner.start()
  await admission.start()

  const stopping = new AbortController()
  const restarts = new Map<string, Restart>()
  const sources = outside.map(channel => {
    const restart = new Restart()
    restarts.set(channelId(channel), restart)
    return keepRunning(channel, intakeOf(channel), { connections, host, watch, restart }, stopping.signal)
  })
  const retention = { ...options.retention, identities: window }
  const retiring = keepRetiring(store, host, retention, stopping.signal, fatal)

  const runner = (name: string) => flows.find(each => each.runner.flow === name)?.runner
  const append = async (asked: Append): Promise<Appended> => {
    const [appended] = await store.append([asked], claim.token).catch(error => {
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
  const stop = async (): Promise<void> => {
    admission.stop()
    stopping.abort()
    for (const each of governors.values()) each.stop()
    const overdue = new AbortController()
    const ended = Promise.all([...sources, own.stop(), ...flows.map(({ runner }) => runner.stop())])
    await Promise.race([ended, aborted(patience.signal)])
    own.abort()
    for (const { abort } of flows) abort()
    await Promise.race([ended, sleep(host, 2_000, overdue.signal)])
    overdue.abort()
    await retiring
    await connections.close()
    await store.close()
  }
  let stopped: Promise<void> | undefined
  return {
    landscape,
    store,
    claim,
    sagas: own.sagas,
    transactions: own.transactions,
    aggregates: own.aggregates,
    runner,
    closed: () => admission.closed,
    append,
    calls: system => governor(system).state,
    async resync(source) {
      const forget = () => forgetPosition(store, source)
      const restart = restarts.get(source)
      await (restart ? restart.after(forget) : forget())
    },
    retry: source => restarts.get(source)?.tryNow() ?? false,
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
