import type { JsonSchema } from '../schema-validator.ts'
import { fieldsOfSchema, type SchemaField } from './schema-fields.ts'
import { readField, score } from './score.ts'
import { NameReader, type Pinyin } from './words.ts'

/** One side of a mapping. */
export interface Side {
  /** Of the model or table: what it says is left out of the names of its fields. */
  readonly name: string
  readonly schema: JsonSchema
  /** What `#/$defs/NAME` refers to, where that does not stand in the schema. */
  readonly definitions?: Readonly<Record<string, JsonSchema>> | undefined
  /** Records as they come. */
  readonly samples?: readonly unknown[] | undefined
}

export interface Candidate {
  readonly path: string
  /** 0 to 1, to two places. */
  readonly confidence: number
}

/** What is proposed for a field of the target. */
export interface Suggestion {
  readonly target: SchemaField
  /** Sure enough to be written; undefined where an engineer has to decide. */
  readonly source: Candidate | undefined
  /** The others that may be meant, the likeliest first; where nothing was sure, with the one that came first. */
  readonly alternatives: readonly Candidate[]
}

/** What is written without being asked for has at least this confidence. */
export const sureFrom = 0.62
/** What is not even an alternative. */
const doubtfulFrom = 0.38
/** A rival that is nearly as good takes confidence. */
const rivalGap = 0.12
/** What a source that would do as well for another target takes. */
const otherTarget = 0.3

/**
 * For each field of the target the field of the source that it is probably made from: by what their names mean, where they
 * stand, their types, and what they hold. No field of the source is proposed twice.
 */
export function suggestMapping(
  from: Side,
  to: Side,
  options: { readonly pinyin?: Pinyin | undefined; readonly sureFrom?: number | undefined } = {},
): Suggestion[] {
  const reader = new NameReader(options.pinyin)
  const root = [from.name, to.name].flatMap(name => reader.readings(name)[0] ?? [])
  const [sources, targets] = [from, to].map(side =>
    fieldsWithSamples(side).map(field => readField(field, root, reader)),
  ) as [ReturnType<typeof readField>[], ReturnType<typeof readField>[]]
  const isFlat = sources.every(({ field }) => field.list === '')
  const scored = inTheirObjects(
    inTheirLists(
      targets.map(target =>
        sources.map(source => ({
          source: source.field,
          target: target.field,
          score: score(source, target, isFlat),
        })),
      ),
    ),
  ).map(pairs => pairs.filter(pair => pair.score >= doubtfulFrom).toSorted((a, b) => b.score - a.score))
  const chosen = assigned(scored)
  const others = rivalsOf(scored.flat(), chosen)
  return targets.map(({ field }, at) =>
    suggestion(
      field,
      scored[at] ?? [],
      chosen.get(field.path),
      others.get(field.path) ?? 0,
      options.sureFrom ?? sureFrom,
    ),
  )
}

/** For each target how well its source would do for the best other one that has nothing better. */
function rivalsOf(pairs: readonly Pair[], chosen: ReadonlyMap<string, Pair>): ReadonlyMap<string, number> {
  const bySource = Map.groupBy(pairs, ({ source }) => source.path)
  return new Map(
    [...chosen].map(([path, { source }]) => {
      const free = (bySource.get(source.path) ?? []).filter(
        ({ target, score }) => target.path !== path && (chosen.get(target.path)?.score ?? 0) < score,
      )
      return [path, Math.max(0, ...free.map(({ score }) => score))] as const
    }),
  )
}

interface Pair {
  readonly source: SchemaField
  readonly target: SchemaField
  readonly score: number
}

/** What fields of another list lose than the one that has most of what the list of the target wants; lists inside of it lose less. */
const otherList = 0.7
const innerList = 0.9

function inTheirLists(scored: readonly (readonly Pair[])[]): readonly (readonly Pair[])[] {
  const home = homesOf(scored)
  return scored.map(pairs => {
    const target = pairs[0]?.target.list ?? ''
    const list = target === '' ? '' : (home.get(target) ?? homeless)
    const factor = ({ list: of }: SchemaField) => {
      if (target === '' || of === list || (of === '' && list === homeless)) return 1
      return of.startsWith(`${list}.`) ? innerList : otherList
    }
    return pairs.map(pair => ({ ...pair, score: pair.score * factor(pair.source) }))
  })
}

/** No list of the source is what this list of the target is. */
const homeless = '-'

/** For each list of the target the one of the source that has most of it: each is that of one, and of those that stand inside. */
function homesOf(scored: readonly (readonly Pair[])[]): ReadonlyMap<string, string> {
  const sums = new Map<string, { list: string; from: string; sum: number }>()
  for (const pairs of scored) {
    const list = pairs[0]?.target.list ?? ''
    const best = new Map<string, number>()
    for (const { source, score } of pairs)
      if (score >= doubtfulFrom) best.set(source.list, Math.max(best.get(source.list) ?? 0, score))
    for (const [from, score] of best) {
      const known = sums.get(`${list} ${from}`) ?? { list, from, sum: 0 }
      if (from !== '' && list !== '') sums.set(`${list} ${from}`, { ...known, sum: known.sum + score })
    }
  }
  const home = new Map<string, string>()
  for (const { list, from } of [...sums.values()].toSorted((a, b) => b.sum - a.sum)) {
    const isTaken = [...home].some(([other, its]) => its === from && !list.startsWith(`${other}.`))
    if (!home.has(list) && !isTaken) home.set(list, from)
  }
  return home
}

/** What the fields of an object lose outside of the object of the target that has most of them. */
const otherObject = 0.7

/** A partner is the buyer or the seller, not the street of one and the city of the other. */
function inTheirObjects(scored: readonly (readonly Pair[])[]): readonly (readonly Pair[])[] {
  const sums = new Map<string, { from: string; to: string; sum: number; rank: number }>()
  for (const [rank, pairs] of scored.entries())
    for (const [from, best] of bestByObject(pairs)) {
      const to = branchOf(best.target)
      const key = JSON.stringify([from, to])
      const known = sums.get(key) ?? { from, to, sum: 0, rank }
      if (to !== '')
        sums.set(key, { ...known, sum: known.sum + best.score + (best.target.required ? 0.1 : 0) })
    }
  const home = new Map<string, string>()
  for (const { from, to } of [...sums.values()].toSorted((a, b) => b.sum - a.sum || a.rank - b.rank))
    if (!home.has(from) && ![...home.values()].includes(to)) home.set(from, to)
  return scored.map(pairs =>
    pairs.map(pair => {
      const to = branchOf(pair.target)
      const its = home.get(objectOf(pair.source))
      return its === undefined || to === '' || its === to
        ? pair
        : { ...pair, score: pair.score * otherObject }
    }),
  )
}

function bestByObject(pairs: readonly Pair[]): ReadonlyMap<string, Pair> {
  const best = new Map<string, Pair>()
  for (const pair of pairs) {
    const from = objectOf(pair.source)
    if (from === '' || pair.score < doubtfulFrom) continue
    if (pair.score > (best.get(from)?.score ?? 0)) best.set(from, pair)
  }
  return best
}

/** The outermost object around a field that is in no list. */
function branchOf({ names, list }: SchemaField): string {
  return list === '' && names.length > 1 ? (names[0] as string) : ''
}

function objectOf({ names, list }: SchemaField): string {
  return list === '' ? names.slice(0, -1).join('.') : ''
}

/** The best pair first, then the best of what is left: no pair would rather have each other than what they got. */
function assigned(scored: readonly (readonly Pair[])[]): ReadonlyMap<string, Pair> {
  const taken = new Set<string>()
  const chosen = new Map<string, Pair>()
  for (const pair of scored.flat().toSorted(byWorth)) {
    const { source, target } = pair
    if (taken.has(source.path) || chosen.has(target.path)) continue
    taken.add(source.path)
    chosen.set(target.path, pair)
  }
  return chosen
}

/** Of two that are as good, the one that must be filled, then the outer one. */
function byWorth(a: Pair, b: Pair): number {
  const near = Math.round((b.score - a.score) * 100)
  const needed = Number(b.target.required) - Number(a.target.required)
  return near || needed || a.target.names.length - b.target.names.length
}

function suggestion(
  target: SchemaField,
  pairs: readonly Pair[],
  chosen: Pair | undefined,
  elsewhere: number,
  sure: number,
): Suggestion {
  if (!chosen) return { target, source: undefined, alternatives: candidates(pairs.slice(0, 3)) }
  const rival = pairs.find(({ source }) => source !== chosen.source && !isCopy(source, chosen.source))
  const gap = rival ? chosen.score - rival.score : 1
  const nearness = (between: number) => Math.max(0, 1 - Math.max(0, between) / rivalGap)
  const confidence =
    chosen.score * (1 - 0.2 * nearness(gap)) * (1 - otherTarget * nearness(chosen.score - elsewhere))
  const others = pairs.filter(({ source }) => source !== chosen.source).slice(0, 3)
  const [first] = candidates([{ ...chosen, score: confidence }])
  return confidence >= sure
    ? { target, source: first, alternatives: candidates(others) }
    : { target, source: undefined, alternatives: [first as Candidate, ...candidates(others)] }
}

/** The same name further inside, as of a record that is joined by it. */
function isCopy(other: SchemaField, { names }: SchemaField): boolean {
  return other.names.length > names.length && other.names.at(-1) === names.at(-1)
}

function candidates(pairs: readonly Pair[]): Candidate[] {
  return pairs.map(({ source, score }) => ({ path: source.path, confidence: Math.round(score * 100) / 100 }))
}

const samplesKept = 50

function fieldsWithSamples({ schema, definitions, samples = [] }: Side): SchemaField[] {
  const fields = fieldsOfSchema(schema, definitions)
  for (const field of samples.length > 0 ? fields : []) {
    const found = samples.slice(0, 1000).flatMap(record => valuesAt(record, field.path.split(/\.|(?=\[\])/)))
    if (found.length > 0) field.samples = [...new Set(found)].slice(0, samplesKept)
  }
  return fields
}

function valuesAt(value: unknown, path: readonly string[]): string[] {
  const [step, ...rest] = path
  if (value === null || value === undefined || value === '') return []
  if (step === undefined) return typeof value === 'object' ? [] : [String(value)]
  if (step === '[]') return Array.isArray(value) ? value.flatMap(item => valuesAt(item, rest)) : []
  return typeof value === 'object' && Object.hasOwn(value, step)
    ? valuesAt((value as Record<string, unknown>)[step], rest)
    : []
}
