import { IsthmusError } from '../errors.ts'
import type { Flow } from '../flow/flow.ts'
import { allSteps, type EffectStep, isEffect } from '../flow/step.ts'
import { channelId } from '../system/channel.ts'
import type { Connection } from '../system/connector.ts'
import type { Outgoing, Requester, Sink } from '../system/roles.ts'
import type { Connections } from './connections.ts'
import type { EffectChannel } from './effects.ts'
import type { Watcher } from './events.ts'
import { type Callee, Exchange } from './exchange.ts'
import type { Host } from './host.ts'

/** Milliseconds after which a call counts as unanswered, if the connector's own limits did not end it before. */
const callDeadline = 60_000

type Role = Callee & { probe?(item: Outgoing, signal: AbortSignal): ReturnType<NonNullable<Sink['probe']>> }

/** The channels that a flow's effect steps call, by id of the step, and the function that ends calls under way. */
export function effectChannels(
  flow: Flow,
  options: { readonly connections: Connections; readonly host: Host; readonly watch: Watcher },
): { readonly channels: ReadonlyMap<string, EffectChannel>; abort(): void } {
  const channels = new Map<string, EffectChannel>()
  const exchanges: Exchange[] = []
  for (const step of allSteps(flow.steps)) {
    if (!isEffect(step)) continue
    const reach = roleFinder(step, options.connections)
    const exchange = new Exchange({
      host: options.host,
      callee: reach,
      deadline: callDeadline,
      onCall: (items, ms, error) => {
        const { system } = step.channel
        options.watch({
          type: 'call',
          system,
          channel: channelId(step.channel),
          items,
          ms,
          error: codeOf(error),
        })
      },
    })
    exchanges.push(exchange)
    channels.set(step.id, {
      call: item => exchange.call(item),
      probe: item => probe(reach(), item, options.host),
    })
  }
  return {
    channels,
    abort() {
      for (const exchange of exchanges) exchange.abort()
    },
  }
}

/** The role is asked of the connection once per connection, since connections come and go. */
function roleFinder(step: EffectStep, connections: Connections): () => Role {
  const roles = new WeakMap<Connection, Role>()
  return () => {
    const connection = connections.get(step.channel.system)
    let role = roles.get(connection)
    if (!role) {
      role = step.kind === 'enrich' ? requesterRole(step, connection) : sinkRole(step, connection)
      roles.set(connection, role)
    }
    return role
  }
}

function sinkRole(step: Exclude<EffectStep, { kind: 'enrich' }>, connection: Connection): Role {
  const sink = connection.sink?.(step.channel)
  if (!sink) throw noRole(step, 'sinks')
  return roleOf(sink, (items, signal) => sink.write(items, signal))
}

function requesterRole(step: Extract<EffectStep, { kind: 'enrich' }>, connection: Connection): Role {
  const requester = connection.requester?.(step.channel)
  if (!requester) throw noRole(step, 'requesters')
  return roleOf(requester, (items, signal) => requester.ask(items, signal))
}

function roleOf(role: Sink | Requester, send: Callee['send']): Role {
  const batch = Math.max(1, role.batch ?? 1)
  const concurrency = Math.max(1, role.concurrency ?? 1)
  const probe = role.probe?.bind(role) as Role['probe']
  return probe ? { send, batch, concurrency, probe } : { send, batch, concurrency }
}

async function probe(role: Role, item: Outgoing, host: Host): ReturnType<EffectChannel['probe']> {
  if (!role.probe) return { outcome: 'unknown' }
  const abort = new AbortController()
  const overdue = Promise.withResolvers<never>()
  const cancel = host.after(callDeadline, () => {
    overdue.reject(new IsthmusError('TARGET-UNAVAILABLE', `no answer to the probe within ${callDeadline} ms`))
    abort.abort()
  })
  try {
    return await Promise.race([role.probe(item, abort.signal), overdue.promise])
  } finally {
    cancel()
  }
}

function noRole(step: EffectStep, roles: string): IsthmusError {
  const id = channelId(step.channel)
  return new IsthmusError('FLOW-DEFINITION', `The connector of ${id} has no ${roles}.`, { fate: 'pause' })
}

function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined
  return error instanceof IsthmusError ? error.code : 'UNKNOWN'
}
