import type { Turn } from './schema-limits.ts'

type Schema = Readonly<Record<string, unknown>>

interface TypeTurn {
  readonly kind: Turn
  /** Whether the rest of both schemas can be compared all the same. */
  readonly goesOn: boolean
}

/** Undefined where both have the same type. */
export function compareTypes(old: Schema, now: Schema): TypeTurn | undefined {
  const [was, is] = [typeText(old), typeText(now)]
  if (was === is) return undefined
  const turn = (kind: Turn) => ({ kind, goesOn: false })
  if (was === anything) return turn('tightened')
  if (is === anything) return turn('loosened')
  if (old.allOf || now.allOf) {
    // The more of them there are the less fits all of them.
    const [all, allNow] = [partsOf(old, ['allOf']), partsOf(now, ['allOf'])]
    return turn(isWithin(all, allNow) ? 'tightened' : isWithin(allNow, all) ? 'loosened' : 'changed')
  }
  if (isChoice(old) || isChoice(now)) {
    const [some, someNow] = [partsOf(old, choices), partsOf(now, choices)]
    return turn(isWithin(some, someNow) ? 'loosened' : isWithin(someNow, some) ? 'tightened' : 'changed')
  }
  if (old.$ref || now.$ref) return turn('changed')
  return comparePlain(typesOf(old), typesOf(now))
}

function comparePlain(was: ReadonlySet<string>, is: ReadonlySet<string>): TypeTurn | undefined {
  const [grows, shrinks] = [isWithin(was, is), isWithin(is, was)]
  if (grows && shrinks) return undefined
  return { kind: grows ? 'loosened' : shrinks ? 'tightened' : 'changed', goesOn: grows || shrinks }
}

const anything = 'anything'
const choices = ['anyOf', 'oneOf']

function isChoice(schema: Schema): boolean {
  return choices.some(name => schema[name] !== undefined)
}

function partsOf(schema: Schema, names: readonly string[]): Set<string> {
  const parts = names.map(name => schema[name]).find(Array.isArray) as readonly Schema[] | undefined
  return new Set((parts ?? [schema]).map(partText))
}

/** A whole number is a number. */
function isWithin(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...some].every(each => others.has(each) || (each === 'integer' && others.has('number')))
}

function typesOf(schema: Schema): Set<string> {
  if (schema.type !== undefined) return new Set([schema.type].flat() as string[])
  if (schema.items || schema.prefixItems) return new Set(['array'])
  if (schema.properties) return new Set(['object'])
  const values = 'const' in schema ? [schema.const] : ((schema.enum ?? []) as unknown[])
  return new Set(values.map(value => (Array.isArray(value) ? 'array' : typeof value)))
}

/** What a person calls it. Equal texts are followed further, or are the same. */
export function typeText(schema: Schema): string {
  const { $ref, type, anyOf, oneOf, allOf } = schema
  if (typeof $ref === 'string') return $ref.slice('#/$defs/'.length)
  const several = (anyOf ?? oneOf ?? allOf) as readonly Schema[] | undefined
  if (several) return `${allOf ? 'all' : 'one'} of (${several.map(inner => partText(inner)).join(', ')})`
  if (schema.items) return 'list'
  if (schema.properties) return 'object'
  if (Array.isArray(schema.enum) || 'const' in schema) return type === undefined ? 'value' : String(type)
  return type === undefined ? 'anything' : [type].flat().join(' or ')
}

/** Parts of a choice have no path of their own: what differs in one of them makes it another type. */
function partText(schema: Schema): string {
  const { description: _, $comment: __, title: ___, ...said } = schema
  const { $ref, type, ...rest } = said
  return Object.keys(rest).length === 0 ? typeText({ $ref, type }) : JSON.stringify(said)
}
