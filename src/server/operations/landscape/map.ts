import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import { currentSagas, transactionsOf } from '../../../flow/own-systems.ts'
import { allStages } from '../../../flow/saga/stage.ts'
import { allSteps, isEffect } from '../../../flow/step.ts'
import type { AnyChannel } from '../../../system/channel.ts'
import { aggregatesSystem, sagasSystem, transactionsSystem } from '../../../system/own-system.ts'
import { schedulesSystem } from '../../../system/schedule.ts'
import { topicsSystem } from '../../../system/topic.ts'

/** A system on the map, or one topic, saga, transaction, aggregate or schedule of our own. */
export interface Island {
  /** The system's name; of our own the channel's, `topics.order-placed`. */
  readonly island: string
  readonly system: string
  readonly own: boolean
}

/** What goes from one island to another because of one flow, saga or transaction. */
export interface Bridge {
  readonly bridge: string
  readonly flow?: string
  readonly saga?: string
  readonly transaction?: string
  readonly from: string
  readonly to: string
  /** `asks`: the answer goes back into the flow; `copies`: a tap. */
  readonly kind: 'delivers' | 'asks' | 'copies'
}

const own: readonly string[] = [
  topicsSystem,
  schedulesSystem,
  sagasSystem,
  transactionsSystem,
  aggregatesSystem,
]

/** The islands and bridges of a landscape. */
export function mapOf(landscape: Landscape): {
  readonly islands: readonly Island[]
  readonly bridges: readonly Bridge[]
} {
  const { flows, sagas, systems } = landscape
  const bridges = [
    ...flows.flatMap(flowBridges),
    ...currentSagas(sagas).flatMap(({ name: saga, stages }) => {
      const from = `${sagasSystem}.${saga}`
      return [...allStages(stages)].flatMap((stage): Omit<Bridge, 'bridge'>[] => {
        const to = (channel: AnyChannel | { readonly system: string; readonly name: string }) => {
          return { saga, from, to: islandOf(channel), kind: 'delivers' as const }
        }
        if (stage.kind === 'step') return [to(stage.channel), ...(stage.undo ? [to(stage.undo.channel)] : [])]
        if (stage.kind === 'child') return [to({ system: sagasSystem, name: stage.saga.name })]
        // An event that is waited for comes the other way.
        return stage.kind === 'wait'
          ? [{ saga, from: islandOf(stage.event), to: from, kind: 'delivers' }]
          : []
      })
    }),
    ...transactionsOf(flows, sagas).flatMap(({ name: transaction, writes }) => {
      const from = `${transactionsSystem}.${transaction}`
      return writes.map(({ channel }) => ({
        transaction,
        from,
        to: islandOf(channel),
        kind: 'delivers' as const,
      }))
    }),
  ].map((each): Bridge => ({ bridge: nameOf(each), ...each }))
  const single = [...new Map(bridges.map(each => [each.bridge, each])).values()]
  const used = single.flatMap(({ from, to }) => [from, to])
  const outside = systems.filter(({ name }) => !own.includes(name)).map(({ name }) => name)
  const islands = [...new Set([...outside, ...used])].map(island => {
    const system = outside.includes(island) ? island : island.slice(0, island.indexOf('.'))
    return { island, system, own: own.includes(system) }
  })
  return { islands, bridges: single }
}

/** Of our own systems each topic, saga and so on is an island. */
export function islandOf({ system, name }: { readonly system: string; readonly name: string }): string {
  return own.includes(system) ? `${system}.${name.split('.')[0]}` : system
}

/** The islands that a message of a flow leads to. */
export function targetsOf(flow: Flow): string[] {
  return [...new Set(flowBridges(flow).flatMap(({ to, kind }) => (kind === 'delivers' ? [to] : [])))]
}

function flowBridges({ name: flow, source, steps }: Flow): Omit<Bridge, 'bridge'>[] {
  const from = islandOf(source)
  return [...allSteps(steps)].filter(isEffect).map(step => ({
    flow,
    from,
    to: islandOf(step.channel),
    kind: step.kind === 'enrich' ? 'asks' : step.kind === 'tap' ? 'copies' : 'delivers',
  }))
}

function nameOf({ flow, saga, transaction, from, to, kind }: Omit<Bridge, 'bridge'>): string {
  const by = flow ?? saga ?? transaction
  return `${by}:${from}>${to}${kind === 'delivers' ? '' : `:${kind}`}`
}
