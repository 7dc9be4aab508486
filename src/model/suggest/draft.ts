import type { Candidate, Suggestion } from './suggest.ts'

/** A field of the target as it is written: a value, an object, a list, or only what may be meant. */
export type Draft =
  | {
      readonly kind: 'value'
      readonly code: string
      readonly confidence: number
      readonly others: readonly Candidate[]
    }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Draft> }
  | { readonly kind: 'list'; readonly of: string; readonly fields: ReadonlyMap<string, Draft> }
  | {
      readonly kind: 'open'
      readonly target: string
      readonly choices: readonly Choice[]
    }

export interface Choice extends Candidate {
  /** How it is read; undefined where it stands in a list that is not at hand. */
  readonly code: string | undefined
}

interface Sure extends Suggestion {
  readonly source: Candidate
}

/** Suggestions as the functions of a mapping: objects and lists of the target are written as such. */
export function draftOf(suggestions: readonly Suggestion[]): ReadonlyMap<string, Draft> {
  return fieldsAt(suggestions, '', { source: '', name: 'from' })
}

/** What a function has at hand: the source, or an item of one of its lists. */
interface Given {
  readonly source: string
  readonly name: string
}

function fieldsAt(
  suggestions: readonly Suggestion[],
  prefix: string,
  given: Given,
): ReadonlyMap<string, Draft> {
  const byName = Map.groupBy(suggestions, ({ target }) => stepOf(target.path.slice(prefix.length)))
  return new Map(
    [...byName].map(([step, some]) => [step.replace('[]', ''), fieldAt(step, some, prefix, given)]),
  )
}

function fieldAt(step: string, some: readonly Suggestion[], prefix: string, given: Given): Draft {
  const [first] = some as [Suggestion]
  const path = prefix + step
  if (first.target.path === path) return leaf(first, given)
  if (!step.endsWith('[]')) return { kind: 'object', fields: fieldsAt(some, `${path}.`, given) }
  const list = listOf(some.filter((each): each is Sure => each.source !== undefined))
  const isReached = list !== undefined && (given.source === '' || list.startsWith(`${given.source}.`))
  if (!isReached) return { kind: 'open', target: path, choices: [] }
  const item = { source: list, name: given.name === 'from' ? 'item' : `${given.name}Item` }
  const of = accessTo(list.slice(0, -2), given) ?? ''
  return { kind: 'list', of: `(${of} ?? []).map(${item.name} => `, fields: fieldsAt(some, `${path}.`, item) }
}

/** The list from which most of the sources come. */
function listOf(sure: readonly Sure[]): string | undefined {
  const lists = sure.map(({ source }) => /^.*\[\]/.exec(source.path)?.[0]).filter(list => list !== undefined)
  const counted = Map.groupBy(lists, list => list)
  return [...counted].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0]
}

function leaf({ target, source, alternatives }: Suggestion, given: Given): Draft {
  const read = source && accessTo(source.path, given)
  const code = read !== undefined && target.path.endsWith('[]') ? `[${read}]` : read
  if (code !== undefined && source)
    return { kind: 'value', code, confidence: source.confidence, others: alternatives }
  const all = source ? [source, ...alternatives] : alternatives
  const choices = all.map(each => ({ ...each, code: accessTo(each.path, given) }))
  return { kind: 'open', target: target.path, choices }
}

/** The expression that reads a field; undefined where it stands in a list that is not at hand. */
function accessTo(path: string, given: Given): string | undefined {
  const isInside = given.source !== '' && path.startsWith(`${given.source}.`)
  const rest = isInside ? path.slice(given.source.length + 1) : path
  if (rest.includes('[]')) return undefined
  const steps = rest.split('.')
  return (isInside ? given.name : 'from') + steps.map((step, at) => member(step, at > 0)).join('')
}

function member(name: string, optional: boolean): string {
  const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
  if (isName) return `${optional ? '?' : ''}.${name}`
  return `${optional ? '?.' : ''}[${JSON.stringify(name)}]`
}

/** `shipTo` of `shipTo.city`, `lines[]` of `lines[].no`. */
function stepOf(path: string): string {
  return path.split('.')[0] as string
}
