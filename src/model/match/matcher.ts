import { IsthmusError } from '../../errors.ts'
import type { Block, TooLarge } from './blocks.ts'
import { Candidates } from './candidates.ts'
import { clustersOf, type Edge } from './clusters.ts'
import { type FieldRule, openColumn } from './field.ts'
import { learn, type Weights } from './learn.ts'
import { type FieldEvidence, probabilityOf, Scorer, scoreOf } from './score.ts'

export interface MatcherOptions<T> {
  /** How pairs are compared, field by field. */
  readonly fields: Readonly<Record<string, FieldRule<T>>>
  /** Which pairs are compared at all: those that any of these blocks brings together. */
  readonly blocks: readonly Block<T>[]
  /** Probability from which on two records are the same thing. Default 0.9. */
  readonly match?: number | undefined
  /** Probability from which on a person should look at two records. Default 0.5. */
  readonly possible?: number | undefined
  /** What agreement says. Default: learned from the records. */
  readonly weights?: Weights | undefined
}

export interface ScoredPair {
  readonly a: number
  readonly b: number
  readonly probability: number
}

export interface Explanation extends ScoredPair {
  readonly decision: 'match' | 'possible' | 'no'
  /** Binary logarithm of the odds before any field is looked at. */
  readonly prior: number
  readonly fields: readonly FieldEvidence[]
}

interface Outcome {
  /** Pairs for a person to decide: `possible`, and those that match but were not joined. */
  readonly possible: readonly ScoredPair[]
  /** How many pairs were compared. */
  readonly compared: number
  /** What was not compared because too many records share a key. */
  readonly tooLarge: readonly TooLarge[]
  readonly weights: Weights
  /** Why two records are the same thing, or not: any two, whether they were compared or not. */
  explain(a: number, b: number): Explanation
}

export interface Deduplicated extends Outcome {
  /** The places of the records that are the same thing; each record is in one cluster, alone or with others. */
  readonly clusters: readonly (readonly number[])[]
}

/** `a` is a place in the left list, `b` one in the right list. */
export interface Linked extends Outcome {
  readonly links: readonly ScoredPair[]
}

/** Finds records that are the same thing. Pure: the same records and weights always give the same answer. */
export interface Matcher<T> {
  /** Within one list. */
  deduplicate(records: readonly T[]): Deduplicated
  /** Between two lists, each record with at most one of the other. */
  link(left: readonly T[], right: readonly T[]): Linked
}

export function matcher<T>(options: MatcherOptions<T>): Matcher<T> {
  const { match = 0.9, possible = 0.5 } = options
  checkOptions(options, match, possible)
  const limits = { match: scoreOf(match), possible: scoreOf(possible) }
  return Object.freeze({
    deduplicate(records: readonly T[]): Deduplicated {
      const run = compareAll(options, records, limits.possible)
      const sure = run.edges.filter(({ score }) => score >= limits.match)
      const clusters = clustersOf(records.length, sure, run.score, limits.match)
      const clusterOf = new Int32Array(records.length)
      for (const [at, cluster] of clusters.entries()) for (const record of cluster) clusterOf[record] = at
      const open = run.edges.filter(({ a, b }) => clusterOf[a] !== clusterOf[b])
      return { ...run.outcome(limits, open, 0), clusters }
    },
    link(left: readonly T[], right: readonly T[]): Linked {
      const run = compareAll(options, [...left, ...right], limits.possible, left.length)
      const { links, open } = bestLinks(run.edges, limits.match)
      const { length } = left
      return { ...run.outcome(limits, open, length), links: links.map(edge => scored(edge, length)) }
    },
  })
}

interface Limits {
  readonly match: number
  readonly possible: number
}

/** Compares all candidates; `split` is where the right list begins, if there are two. */
function compareAll<T>(options: MatcherOptions<T>, records: readonly T[], least: number, split = 0) {
  const columns = Object.entries(options.fields).map(([name, rule]) => openColumn(name, rule, records))
  const blocks = options.blocks.map(block => block.open(records))
  const mayMeet = split === 0 ? () => true : (a: number, b: number) => a < split !== b < split
  const candidates = new Candidates(blocks, records.length, mayMeet)
  const n = records.length
  const size = { records: n, pairs: split === 0 ? (n * (n - 1)) / 2 : split * (n - split) }
  const weights = options.weights ?? learn(columns, blocks, candidates, randomPairs(n, mayMeet), size)
  const scorer = new Scorer(columns, weights)
  const edges: Edge[] = []
  let compared = 0
  candidates.each((a, b) => {
    compared++
    const score = scorer.score(a, b, least)
    if (score >= least) edges.push({ a, b, score })
  })
  return {
    edges,
    score: (a: number, b: number) => scorer.score(a, b),
    outcome: (limits: Limits, open: readonly Edge[], offset: number): Outcome => ({
      possible: open
        .map(edge => scored(edge, offset))
        .sort((one, other) => other.probability - one.probability),
      compared,
      tooLarge: blocks.flatMap(({ tooLarge }) => tooLarge),
      weights,
      explain: (a, b) => explained(scorer, a, b, limits, offset),
    }),
  }
}

function explained(scorer: Scorer, a: number, b: number, limits: Limits, offset: number): Explanation {
  const score = scorer.score(a, b + offset)
  const decision = score >= limits.match ? 'match' : score >= limits.possible ? 'possible' : 'no'
  return {
    a,
    b,
    probability: probabilityOf(score),
    decision,
    prior: scorer.prior,
    fields: scorer.evidence(a, b + offset),
  }
}

const scored = ({ a, b, score }: Edge, offset: number): ScoredPair => ({
  a,
  b: b - offset,
  probability: probabilityOf(score),
})

/** The strongest first; what has found its partner takes no other. */
function bestLinks(edges: readonly Edge[], least: number): { links: Edge[]; open: Edge[] } {
  const sorted = [...edges].sort(
    (one, other) => other.score - one.score || one.a - other.a || one.b - other.b,
  )
  const taken = new Set<number>()
  const links: Edge[] = []
  const open: Edge[] = []
  for (const edge of sorted) {
    if (edge.score < least || taken.has(edge.a) || taken.has(edge.b)) open.push(edge)
    else {
      links.push(edge)
      taken.add(edge.a).add(edge.b)
    }
  }
  return { links, open }
}

/** Pairs spread over all records, the same ones each time. Source of the generator: Numerical Recipes, "quick and dirty". */
function randomPairs(size: number, mayMeet: (a: number, b: number) => boolean) {
  return (visit: (a: number, b: number) => void, most: number): void => {
    let state = 12_345
    const next = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * size)
    }
    if (size < 2) return
    for (let pair = 0; pair < most; pair++) {
      const [a, b] = [next(), next()]
      if (a !== b && mayMeet(a, b)) visit(a, b)
    }
  }
}

function checkOptions<T>({ fields, blocks }: MatcherOptions<T>, match: number, possible: number): void {
  const wrong = (reason: string) => new IsthmusError('FLOW-DEFINITION', `A matcher ${reason}`)
  if (Object.keys(fields).length === 0) throw wrong('needs a field to compare.')
  if (blocks.length === 0)
    throw wrong('needs a block: without one each record would be compared with each other.')
  if (!(possible > 0 && possible <= match && match < 1))
    throw wrong(`has 0 < possible <= match < 1; here possible is ${possible} and match ${match}.`)
}
