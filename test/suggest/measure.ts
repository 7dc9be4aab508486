import { resolve } from 'node:path'
import { pinyin } from 'pinyin-pro'
import { readerOf } from '../../src/cli/shared/contract-readers.ts'
import type { JsonSchema } from '../../src/model/schema-validator.ts'
import { type Side, type Suggestion, suggestMapping } from '../../src/model/suggest/suggest.ts'
import { type GoldPair, goldPairs } from './gold.ts'
import type { WholePair } from './whole-gold.ts'

/** What came of one pair. */
export interface PairMeasure {
  readonly name: string
  readonly half: GoldPair['half']
  readonly fields: number
  /** Fields that have a source. */
  readonly wanted: number
  /** Written without a question, and right. */
  readonly right: number
  readonly wrong: number
  /** Right, or in first to third place of what is left to the engineer. */
  readonly shown: number
  readonly mistakes: readonly string[]
}

/** Pairs whose files are in the corpus, or that need none. */
export function measurable(corpus: string | undefined): readonly GoldPair[] {
  return goldPairs.filter(({ from }) => corpus !== undefined || !('file' in from))
}

export async function measure(pair: GoldPair, corpus: string | undefined): Promise<PairMeasure> {
  const rows = pair.gold
    .trim()
    .split('\n')
    .map(line => line.split(' = ') as [string, string])
  const to: Side = { name: pair.to, schema: schemaOf(rows.map(([target]) => target)) }
  const suggestions = suggestMapping(await sourceOf(pair, corpus), to, { pinyin: spell })
  const byPath = new Map(suggestions.map(each => [each.target.path, each]))
  const judged = rows.map(([target, gold]) =>
    judge(byPath.get(target.split(':')[0] as string) as Suggestion, gold),
  )
  const count = (of: (each: (typeof judged)[0]) => boolean) => judged.filter(of).length
  return {
    name: pair.name,
    half: pair.half,
    fields: rows.length,
    wanted: count(({ wanted }) => wanted),
    right: count(({ right }) => right),
    wrong: count(({ wrong }) => wrong),
    shown: count(({ shown }) => shown),
    mistakes: judged.flatMap(({ mistake }) => mistake ?? []),
  }
}

/** Of every field that the model has. */
export function measureWhole({ name, half, columns, to, gold }: WholePair): PairMeasure {
  const from: Side = { name, schema: schemaOf(columns.split(' ')) }
  const rows = gold
    .trim()
    .split('\n')
    .map(line => line.split(' = ') as [string, string])
  const wantedOf = new Map(rows)
  const suggestions = suggestMapping(from, { name: to.name, schema: to.jsonSchema }, { pinyin: spell })
  const judged = suggestions.map(each => judge(each, wantedOf.get(each.target.path) ?? '-'))
  const count = (of: (each: (typeof judged)[0]) => boolean) => judged.filter(of).length
  return {
    name,
    half,
    fields: rows.length,
    wanted: rows.length,
    right: count(({ right }) => right),
    wrong: count(({ wrong }) => wrong),
    shown: count(({ shown }) => shown),
    mistakes: judged.flatMap(({ mistake }) => mistake ?? []),
  }
}

/** Share of what was written that is right, and of what there is that was written, over several pairs. */
export function ratios(measures: readonly PairMeasure[]) {
  const sum = (of: (each: PairMeasure) => number) => measures.reduce((so, each) => so + of(each), 0)
  const [right, wrong, wanted, shown] = [
    sum(m => m.right),
    sum(m => m.wrong),
    sum(m => m.wanted),
    sum(m => m.shown),
  ]
  return {
    precision: right / (right + wrong),
    recall: right / wanted,
    shown: shown / wanted,
    fields: sum(m => m.fields),
  }
}

const spell = (term: string) => pinyin(term, { toneType: 'none', type: 'array', v: true })

function judge({ target, source, alternatives }: Suggestion, gold: string) {
  const accepted = gold === '-' ? [] : gold.split(' | ')
  const right = source !== undefined && accepted.includes(source.path)
  const wrong = source !== undefined && !right
  const offered = [...(source ? [source] : []), ...alternatives].slice(0, 3).map(({ path }) => path)
  const shown = accepted.length > 0 && offered.some(path => accepted.includes(path))
  const told = [...(source ? [source] : []), ...alternatives].map(
    ({ path, confidence }) => `${path} ${confidence}`,
  )
  const mistake =
    right || (!wrong && accepted.length === 0)
      ? undefined
      : `${wrong ? '✖' : '?'} ${target.path} = ${gold} but ${told.slice(0, 3).join(', ')}`
  return { wanted: accepted.length > 0, right, wrong, shown, mistake }
}

async function sourceOf({ from }: GoldPair, corpus: string | undefined): Promise<Side> {
  if ('columns' in from) return { name: from.name, schema: schemaOf(from.columns.split(' ')) }
  const contract = await readerOf(from.kind)(resolve(corpus ?? '', from.file), 'source')
  const definitions = Object.fromEntries(contract.models.map(({ name, schema }) => [name, schema]))
  return { name: from.model, schema: definitions[from.model] as JsonSchema, definitions }
}

const formats: Readonly<Record<string, JsonSchema>> = {
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  decimal: { type: 'string', pattern: '^-?\\d+(\\.\\d+)?$' },
}

/** A schema of dotted paths, with `[]` behind lists and `:date` behind types that are not text. */
export function schemaOf(columns: readonly string[]): JsonSchema {
  const root: { properties: Record<string, unknown>; type: string } = { type: 'object', properties: {} }
  for (const column of columns) {
    const [path = '', type = ''] = column.split(':')
    const steps = path.split('.')
    let at = root
    for (const [n, step] of steps.entries()) {
      const name = step.replace('[]', '')
      if (n === steps.length - 1) at.properties[name] = formats[type] ?? { type: 'string' }
      else at = inside(at.properties, name, step.endsWith('[]'))
    }
  }
  return root
}

function inside(properties: Record<string, unknown>, name: string, isList: boolean) {
  type Inner = { type: string; properties: Record<string, unknown> }
  const made: Inner = { type: 'object', properties: {} }
  properties[name] ??= isList ? { type: 'array', items: made } : made
  const found = properties[name] as Inner & { items?: Inner }
  return found.items ?? found
}
