import type { Landscape } from '../flow/landscape.ts'
import { hasPersonalData } from '../observe/personal-data.ts'
import type { Sentinels } from '../observe/sentinels.ts'
import type { Entry, StoreReader } from '../store/store.ts'
import type { Views } from './control/route.ts'
import { DriftView } from './drift-view.ts'
import type { LiveView } from './live-view.ts'
import { LandscapeView } from './operations/landscape/landscape-view.ts'
import { ModelsView } from './operations/landscape/models-view.ts'
import { HopView } from './operations/messages/hop-view.ts'
import { SearchView } from './operations/messages/search-view.ts'
import { TraceView } from './operations/messages/trace-view.ts'
import type { Operations } from './operations/operations.ts'

/** What a running instance shows of itself. */
export function viewsOf(parts: {
  readonly landscape: Landscape
  readonly reader: StoreReader
  readonly live: LiveView
  readonly operations: Operations
  readonly sentinels: Sentinels
}): Views {
  const { landscape, reader, live, operations, sentinels } = parts
  const { series, changes, troubles, startedAt } = live
  const view = new LandscapeView({
    landscape,
    reader,
    series,
    changes,
    troubles,
    startedAt,
    isRunning: () => live.engine !== undefined && !live.isStopping,
    flow: name => live.flow(name),
    calls: system => live.calls(system),
    append: append => live.append(append),
    halt: (flow, halted) => live.halt(flow, halted),
  })
  const { files } = view
  const trace = new TraceView(landscape, reader, {
    versions: flow => view.versionsOf(flow),
    discreet: discreetly(landscape, operations, reader),
  })
  const versionAt = (flow: string, at: number) => trace.versionAt(flow, at)
  return {
    landscape: view,
    models: new ModelsView(landscape, files),
    search: new SearchView(landscape, reader),
    drift: new DriftView(landscape, sentinels),
    trace,
    hops: new HopView({ landscape, reader, operations, files, versionAt }),
  }
}

/** Reasons and notes as a trace shows them, where they may quote personal data. */
function discreetly(landscape: Landscape, operations: Operations, reader: StoreReader) {
  const plain = new Set(landscape.flows.filter(flow => !hasPersonalData(flow)).map(({ name }) => name))
  return async ({ flow, seq }: Entry) => {
    if (!plain.has(flow)) {
      const [traced] = await operations.messages({ flow, seq })
      return { error: traced?.error, note: traced?.note }
    }
    const [settled] = await reader.settled({ flow, from: seq, to: seq })
    const [row] = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
    return { error: row?.seq === seq ? row.error : undefined, note: settled?.note }
  }
}
