import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import { hasPersonalKey } from '../../../observe/personal-data.ts'
import type { FoundMessage, Settled, StoreReader, UnfinishedEntry } from '../../../store/store.ts'
import { islandOf, targetsOf } from '../landscape/map.ts'
import type { Outcome } from './schemas.ts'

/** A found message with what became of it. */
export interface Stood extends FoundMessage {
  readonly settled: Settled | undefined
  readonly unfinished: UnfinishedEntry | undefined
}

/** Messages of one flow that stand so near to each other are asked for together. */
const near = 200

/** What became of messages, in the order given. */
export async function standsOf(reader: StoreReader, messages: readonly FoundMessage[]): Promise<Stood[]> {
  const settled = new Map<string, Settled>()
  const unfinished = new Map<string, UnfinishedEntry>()
  const asked = [...Map.groupBy(messages, ({ flow }) => flow)].flatMap(([flow, all]) =>
    clusters(all.map(({ seq }) => seq)).map(([from, to]) => ({ flow, from, to })),
  )
  await Promise.all(
    asked.map(async ({ flow, from, to }) => {
      const rows = reader.unfinished({ flow, after: from - 1, limit: to - from + 1 })
      for (const each of await reader.settled({ flow, from, to })) settled.set(`${flow}/${each.seq}`, each)
      for (const each of await rows) unfinished.set(`${flow}/${each.seq}`, each)
    }),
  )
  return messages.map(message => {
    const name = `${message.flow}/${message.seq}`
    return { ...message, settled: settled.get(name), unfinished: unfinished.get(name) }
  })
}

function clusters(seqs: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = []
  for (const seq of seqs.toSorted((a, b) => a - b)) {
    const last = found.at(-1)
    if (last && seq - last[1] <= near) last[1] = seq
    else found.push([seq, seq])
  }
  return found
}

export function outcomeOf({ settled, unfinished }: Pick<Stood, 'settled' | 'unfinished'>): Outcome {
  if (settled) return settled.outcome === 'discarded' ? 'discarded' : 'ended'
  return unfinished?.status === 'parked' || unfinished?.status === 'doubt' ? 'failed' : 'under way'
}

/** Of several messages of one key: what needs a person first, then what is not over. */
export function outcomeOfAll(messages: readonly Stood[]): Outcome {
  const outcomes = new Set(messages.map(outcomeOf))
  return (['failed', 'under way', 'ended', 'discarded'] as const).find(each => outcomes.has(each)) ?? 'ended'
}

/** What the flows of a landscape tell of their messages, worked out once. */
export class FlowFacts {
  readonly #flows: ReadonlyMap<string, Flow>
  readonly #personal = new Map<string, boolean>()
  readonly #ways = new Map<string, { readonly from: string; readonly to: readonly string[] }>()

  constructor({ flows }: Landscape) {
    this.#flows = new Map(flows.map(flow => [flow.name, flow]))
  }

  flow(name: string): Flow | undefined {
    return this.#flows.get(name)
  }

  get all(): Flow[] {
    return [...this.#flows.values()]
  }

  /** Of a flow that the landscape has no more nobody knows. */
  hasPersonalKey(name: string): boolean {
    const known = this.#personal.get(name)
    if (known !== undefined) return known
    const flow = this.#flows.get(name)
    const personal = !flow || hasPersonalKey(flow)
    this.#personal.set(name, personal)
    return personal
  }

  way(name: string): { readonly from: string; readonly to: readonly string[] } {
    const flow = this.#flows.get(name)
    if (!flow) return { from: '', to: [] }
    const known = this.#ways.get(name) ?? { from: islandOf(flow.source), to: targetsOf(flow) }
    this.#ways.set(name, known)
    return known
  }
}

/** Islands in the order in which messages come there. */
export function systemsOnWay(facts: FlowFacts, messages: readonly { readonly flow: string }[]): string[] {
  const ways = messages.map(({ flow }) => facts.way(flow))
  return [...new Set(ways.flatMap(({ from, to }) => [from, ...to]))].filter(each => each !== '')
}
