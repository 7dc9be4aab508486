import type { OpenBlock } from './blocks.ts'
import type { Candidates } from './candidates.ts'
import { type Column, missing } from './field.ts'

/**
 * What agreement says, after Fellegi and Sunter (1969): how often a field agrees so well in pairs that are the same
 * thing (`m`), and in others (`u`), by level. Plain data, to be kept and given again.
 */
export interface Weights {
  readonly fields: Readonly<Record<string, FieldWeights>>
  /** Share of all pairs that are the same thing. */
  readonly prior: number
}

export interface FieldWeights {
  readonly m: readonly number[]
  readonly u: readonly number[]
}

interface Pattern {
  readonly levels: readonly number[]
  count: number
}

interface Learned {
  readonly fields: readonly { m: number[]; u: number[] }[]
  share: number
}

const rounds = 40
/** Pairs that are looked at for learning, of each block and at random. */
const most = 50_000

/**
 * Weights from the records alone, nobody having said which pairs are the same: `u` from pairs at random, `m` by
 * expectation maximisation over the pairs of each block. A block says nothing of the fields it is made of, since these
 * agree in all its pairs; so each field is learned from the others.
 */
export function learn(
  columns: readonly Column[],
  blocks: readonly OpenBlock[],
  candidates: Candidates,
  randomPairs: (visit: (a: number, b: number) => void, most: number) => void,
  size: { readonly records: number; readonly pairs: number },
): Weights {
  const atRandom = patternsOf(columns, visit => randomPairs(visit, most))
  const u = columns.map((column, field) => shares(column, atRandom, field))
  const learned = blocks.map(block => {
    const stride = strideOf(block, size.records)
    return expected(
      columns,
      patternsOf(columns, visit => candidates.each(visit, stride, [block])),
      u,
    )
  })
  const m = columns.map((column, field) => combined(column, field, learned, u[field] as number[]))
  const fields = columns.map((column, field) => [column.name, { m: m[field], u: u[field] }] as const)
  const weights = Object.fromEntries(fields) as Weights['fields']
  const stride = Math.max(...blocks.map(block => strideOf(block, size.records)), 1)
  const all = patternsOf(columns, visit => candidates.each(visit, stride))
  return { fields: weights, prior: priorOf(all, m, u, size.pairs / stride) }
}

function strideOf(block: OpenBlock, records: number): number {
  let pairs = 0
  const step = Math.max(1, Math.floor(records / 2000))
  for (let record = 0; record < records; record += step) block.partners(record, () => pairs++)
  return Math.max(1, Math.round((pairs * step) / 2 / most))
}

function patternsOf(
  columns: readonly Column[],
  pairs: (visit: (a: number, b: number) => void) => void,
): Pattern[] {
  const patterns = new Map<number, Pattern>()
  pairs((a, b) => {
    const levels = columns.map(column => column.level(a, b))
    const code = levels.reduce(
      (so, level, field) => so * (columns[field]?.levels.length as number) + so + level + 1,
      0,
    )
    const known = patterns.get(code)
    if (known) known.count++
    else patterns.set(code, { levels, count: 1 })
  })
  return [...patterns.values()]
}

/** How often each level is among them; one more of each, so that nothing is impossible. */
function shares(
  column: Column,
  patterns: readonly Pattern[],
  field: number,
  of = (each: Pattern) => each.count,
) {
  const counts = column.levels.map(() => 0.5)
  for (const pattern of patterns) {
    const level = pattern.levels[field] as number
    if (level !== missing) counts[level] = (counts[level] as number) + of(pattern)
  }
  const all = counts.reduce((sum, count) => sum + count, 0)
  return counts.map(count => count / all)
}

/** Expectation maximisation over the pairs of one block. */
function expected(columns: readonly Column[], patterns: readonly Pattern[], u: readonly number[][]): Learned {
  let now: Learned = { fields: columns.map((_, field) => start(u[field] as number[])), share: 0.1 }
  const all = patterns.reduce((sum, { count }) => sum + count, 0)
  for (let round = 0; round < rounds && all > 0; round++) {
    const likely = new Map(patterns.map(each => [each, each.count * chance(each, now)]))
    const same = (each: Pattern) => likely.get(each) as number
    const other = (each: Pattern) => each.count - same(each)
    const total = patterns.reduce((sum, each) => sum + same(each), 0)
    const fields = columns.map((column, field) => ({
      m: shares(column, patterns, field, same),
      u: shares(column, patterns, field, other),
    }))
    now = { fields, share: Math.min(0.999, Math.max(1e-6, total / all)) }
  }
  return now
}

function start(u: readonly number[]): { m: number[]; u: number[] } {
  const rest = 0.2 / Math.max(1, u.length - 1)
  return { m: u.map((_, level) => (level === 0 ? 0.8 : rest)), u: [...u] }
}

function chance({ levels }: Pattern, { fields, share }: Learned): number {
  let odds = share / (1 - share)
  for (let field = 0; field < levels.length; field++) {
    const level = levels[field] as number
    const known = fields[field]
    if (level !== missing && known) odds *= (known.m[level] as number) / (known.u[level] as number)
  }
  return odds / (1 + odds)
}

/** A field agrees in so many more of a block's other pairs than at random: the block is made of it. */
const pinned = (inBlock: number, atRandom: number) => inBlock > 0.1 + 3 * atRandom

function combined(
  column: Column,
  field: number,
  learned: readonly Learned[],
  u: readonly number[],
): number[] {
  const free = learned.filter(each => !pinned(each.fields[field]?.u[0] as number, u[0] as number))
  const from = free.length > 0 ? free : learned
  const total = from.length
  if (total === 0) return start(u).m
  return column.levels.map(
    (_, level) => from.reduce((sum, { fields }) => sum + (fields[field]?.m[level] as number), 0) / total,
  )
}

/** How many of the candidates are the same, found with these weights; nothing else is taken to be. */
function priorOf(
  patterns: readonly Pattern[],
  m: readonly number[][],
  u: readonly number[][],
  pairs: number,
): number {
  const fields = m.map((each, field) => ({ m: each, u: u[field] as number[] }))
  let prior = 1 / Math.max(2, Math.sqrt(pairs))
  for (let round = 0; round < 20; round++) {
    const same = patterns.reduce((sum, each) => sum + each.count * chance(each, { fields, share: prior }), 0)
    prior = Math.min(0.5, Math.max(1e-12, same / Math.max(1, pairs)))
  }
  return prior
}
