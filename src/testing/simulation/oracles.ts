import { nameOf } from '../../engine/outgoing.ts'
import type { Flow } from '../../flow/flow.ts'
import { allSteps } from '../../flow/step.ts'
import type { Entry, Settled, StoreReader } from '../../store/store.ts'
import type { ItemData, Scenario } from './scenario.ts'
import type { SimulatedTarget } from './simulated-target.ts'

/**
 * Holds the end of a simulation against what was promised: nothing acknowledged is missing, every message ended as its
 * data ask for, each effect happened exactly as often as it should, and in the order of acceptance per key.
 */
export async function judge(
  reader: StoreReader,
  scenario: Scenario,
  acknowledged: ReadonlyMap<number, string>,
): Promise<string[]> {
  const violations: string[] = []
  for (const flow of scenario.landscape.flows) {
    const entries = await reader.entries({ flow: flow.name, limit: 10_000 })
    const settled = await reader.settled({ flow: flow.name, from: 1, to: entries.length })
    const ends = new Map(settled.map(end => [end.seq, end]))
    const pushes = flow.source.name === 'pushed'
    violations.push(
      ...(pushes ? missing(flow, entries, acknowledged) : missingRecords(flow, entries, scenario.pulled)),
      ...entries.flatMap(entry => wrongEnd(flow, entry, ends.get(entry.seq))),
      ...lineages(entries).flatMap(runs => wrongEffects(flow, runs, ends, scenario)),
      ...wrongOrder(flow, entries, scenario),
    )
  }
  return violations
}

function missing(flow: Flow, entries: readonly Entry[], acknowledged: ReadonlyMap<number, string>): string[] {
  const ids = new Set(entries.map(({ id }) => id))
  const lost = [...acknowledged].filter(([, id]) => !ids.has(id))
  const originals = entries.filter(({ head }) => !head.replay)
  const twice = originals.length - new Set(originals.map(entry => dataOf(entry).n)).size
  return [
    ...lost.map(([n]) => `${flow.name}: item ${n} was acknowledged and is not in the journal`),
    ...(twice > 0 ? [`${flow.name}: ${twice} items were accepted twice`] : []),
  ]
}

function missingRecords(flow: Flow, entries: readonly Entry[], pulled: readonly ItemData[]): string[] {
  const held = entries.filter(({ head }) => !head.replay).map(entry => dataOf(entry).n)
  const asked = pulled.map(({ n }) => n)
  return JSON.stringify(held) === JSON.stringify(asked)
    ? []
    : [`${flow.name}: read ${held}, the source has ${asked}`]
}

function wrongEnd(flow: Flow, entry: Entry, end: Settled | undefined): string[] {
  const data = dataOf(entry)
  const allowed = data.drop ? ['filtered'] : data.poison ? ['delivered', 'discarded'] : ['delivered']
  if (end && allowed.includes(end.outcome)) return []
  return [`${flow.name}: item ${data.n} ended as ${end?.outcome}, not ${allowed.join(' or ')}`]
}

/** A message with its replays, by the name in their effect keys: they have their effects once, together. */
function lineages(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  return [...Map.groupBy(entries, entry => nameOf(entry).join(' ')).values()]
}

/** How often each target must have been affected by messages that ended in this way. */
function wrongEffects(
  flow: Flow,
  runs: readonly Entry[],
  ends: ReadonlyMap<number, Settled>,
  scenario: Scenario,
): string[] {
  const data = dataOf(runs[0] as Entry)
  const outcomes = runs.map(({ seq }) => ends.get(seq)?.outcome)
  const wanted = new Map<string, number>()
  for (const step of allSteps(flow.steps)) {
    if (step.kind !== 'to' && step.kind !== 'enrich') continue
    const isFiltered = outcomes.every(outcome => outcome === 'filtered')
    const times = isFiltered ? 0 : step.id === 'part-stock' ? data.parts.length : 1
    wanted.set(step.channel.name, (wanted.get(step.channel.name) ?? 0) + times)
  }
  const ids = new Set(runs.map(({ id }) => id))
  const wrong: string[] = []
  for (const [name, times] of wanted) {
    const target = scenario.targets.get(name) as SimulatedTarget
    const found = target.effects.filter(({ messageId }) => ids.has(messageId)).length
    const right = outcomes.every(outcome => outcome === 'discarded') ? found <= times : found === times
    if (!right)
      wrong.push(
        `${flow.name}: item ${data.n} had ${found} effects on ${name} in ${runs.length} runs, not ${times}`,
      )
  }
  return wrong
}

function wrongOrder(flow: Flow, entries: readonly Entry[], scenario: Scenario): string[] {
  if (flow.ordering.afterPark !== 'hold') return []
  const seqs = new Map(entries.map(({ id, seq }) => [id, seq]))
  const wrong: string[] = []
  for (const [name, { effects }] of scenario.targets) {
    if (!name.startsWith(flow.name)) continue
    const last = new Map<string, number>()
    for (const { messageId, key } of effects) {
      const seq = seqs.get(messageId) ?? 0
      const before = last.get(key) ?? 0
      if (seq < before) wrong.push(`${flow.name}: on ${name}, message ${seq} of ${key} came after ${before}`)
      last.set(key, seq)
    }
  }
  return wrong
}

function dataOf(entry: Entry): ItemData {
  return JSON.parse(Buffer.from(entry.body).toString()) as ItemData
}
