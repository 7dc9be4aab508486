import { IsthmusError } from '../errors.ts'
import type { LookupRule } from '../flow/steps/enrich.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../system/channel.ts'
import type { Outgoing, Requester, Sink } from '../system/roles.ts'
import type { EffectChannel } from './effects.ts'
import type { Watcher } from './events.ts'
import { type Callee, Exchange } from './exchange.ts'
import type { Governor } from './governance/governor.ts'
import type { Host } from './host.ts'
import { lookupChannel } from './lookup.ts'

type Role = Callee & { probe?(item: Outgoing, signal: AbortSignal): ReturnType<NonNullable<Sink['probe']>> }

/** The channels that steps call, by id of the step, and the function that ends calls under way. */
export function effectChannels(
  /** Of the flow or the saga: who takes turns with others where a system's quota is shared. */
  caller: string,
  steps: readonly {
    readonly id: string
    readonly channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>
    readonly lookup?: LookupRule | undefined
  }[],
  options: {
    role(channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>): Sink | Requester
    readonly host: Host
    readonly watch: Watcher
    governor(system: string): Governor
  },
): { readonly channels: ReadonlyMap<string, EffectChannel>; abort(): void } {
  const channels = new Map<string, EffectChannel>()
  const exchanges: Exchange[] = []
  for (const step of steps) {
    const reach = calleeFinder(() => options.role(step.channel))
    const governor = options.governor(step.channel.system)
    const exchange = new Exchange({
      host: options.host,
      callee: reach,
      flow: caller,
      governor,
      onCall: (items, ms, error) => {
        const { system } = step.channel
        options.watch({
          type: 'call',
          by: caller,
          system,
          channel: channelId(step.channel),
          items,
          ms,
          error: codeOf(error),
        })
      },
    })
    exchanges.push(exchange)
    const channel: EffectChannel = {
      admit: repeat => governor.admit(caller, repeat),
      call: (item, when) => exchange.call(item, when),
      probe: item => probe(reach, item, caller, governor, options.host),
    }
    channels.set(step.id, step.lookup ? lookupChannel(step.id, channel, step.lookup, options.host) : channel)
  }
  return {
    channels,
    abort() {
      for (const exchange of exchanges) exchange.abort()
    },
  }
}

/** Sinks and requesters come and go with their connections. */
function calleeFinder(current: () => Sink | Requester): () => Role {
  const roles = new WeakMap<Sink | Requester, Role>()
  return () => {
    const found = current()
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

async function probe(
  reach: () => Role,
  item: Outgoing,
  flow: string,
  governor: Governor,
  host: Host,
): ReturnType<EffectChannel['probe']> {
  await governor.admit(flow, false)
  const role = reach()
  if (!role.probe) return { outcome: 'unknown' }
  const abort = new AbortController()
  const release = await governor.slot(flow, abort.signal)
  const { deadline } = governor
  const overdue = Promise.withResolvers<never>()
  const cancel = host.after(deadline, () => {
    overdue.reject(new IsthmusError('TARGET-UNAVAILABLE', `no answer to the probe within ${deadline} ms`))
    abort.abort()
  })
  try {
    const found = await Promise.race([role.probe(item, abort.signal), overdue.promise])
    governor.told(undefined)
    return found
  } catch (error) {
    governor.told(error)
    throw governor.judged(error)
  } finally {
    cancel()
    release()
  }
}

function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined
  return error instanceof IsthmusError ? error.code : 'UNKNOWN'
}
