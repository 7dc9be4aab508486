import type { Landscape } from '../../flow/landscape.ts'
import { usedChannels } from '../../flow/own-systems.ts'
import { type Actor, can, seesAll } from './permissions.ts'

/** The part of a landscape that the actor may see: its flows and sagas, and the systems that these reach. */
export function seenLandscape(landscape: Landscape, actor: Actor): Landscape {
  if (seesAll(actor)) return landscape
  const sees = ({ name }: { readonly name: string }) => can(actor, 'view', { flow: name }).allowed
  const flows = landscape.flows.filter(sees)
  const sagas = landscape.sagas.filter(sees)
  const reached = new Set([
    ...usedChannels(flows, sagas).map(({ system }) => system),
    ...flows.map(({ source }) => source.system),
  ])
  const systems = landscape.systems.filter(({ name }) => {
    return reached.has(name) || can(actor, 'view', { system: name }).allowed
  })
  return { ...landscape, flows, sagas, systems, aggregates: [], projections: [] }
}
