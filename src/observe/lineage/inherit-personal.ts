import type { Landscape } from '../../flow/landscape.ts'
import { modelUses } from '../../flow/model-uses.ts'
import { usedChannels } from '../../flow/own-systems.ts'
import { inherit } from '../inherited.ts'
import type { FieldGraph } from './field-graph.ts'
import { messageGraph } from './landscape-graph.ts'
import { SourceFiles } from './source-text.ts'

const known = new WeakSet<Landscape>()

/**
 * Lets personal data be masked wherever flows hand them on: what one flow publishes is personal in the next one, whether
 * the model there says so or not. Before anything of a landscape is shown; the graph is made when it is first needed.
 */
export function inheritPersonal(landscape: Landscape): void {
  if (known.has(landscape)) return
  known.add(landscape)
  const { flows, sagas } = landscape
  if (![...modelUses(landscape)].some(({ model }) => model.pii.length > 0)) return
  let graph: FieldGraph | undefined
  let isMaking = false
  inherit(usedChannels(flows, sagas), place => {
    // The graph itself is made of what models say.
    if (isMaking) return []
    isMaking = true
    try {
      graph ??= messageGraph(landscape, new SourceFiles())
    } finally {
      isMaking = false
    }
    return graph.personalAt(place)
  })
}
