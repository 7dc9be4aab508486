import { IsthmusError } from '../errors.ts'
import type { Flow } from '../flow/flow.ts'
import { allSteps, type EffectStep, isEffect } from '../flow/step.ts'
import { channelId } from '../system/channel.ts'
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
    const reach = calleeFinder(step, options.connections)
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
      call: (item, when) => exchange.call(item, when),
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

/** Sinks and requesters come and go with their connections. */
function calleeFinder(step: EffectStep, connections: Connections): () => Role {
  const roles = new WeakMap<Sink | Requester, Role>()
  return () => {
    const found = connections.role(step.channel)
    const role = roles.get(found) ?? roleOf(found)
    roles.set(found, role)
    return role
  }
}

function roleOf(role: Sink | Requester): Role {
  const batch = Math.max(1, role.batch ?? 1)
  const concurrency = Math.max(1, role.concurrency ?? 1)
  const probe = role.probe?.bind(role) as Role['probe']
  const send: Role['send'] = (items, signal) =>
    'ask' in role ? role.ask(items, signal) : role.write(items, signal)
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

function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined
  return error instanceof IsthmusError ? error.code : 'UNKNOWN'
}
