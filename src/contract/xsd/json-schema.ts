import type { JsonSchema } from '../../model/schema-validator.ts'
import { builtinOf } from './builtin-types.ts'
import type { Facets, SimpleType } from './components.ts'
import { patternOf } from './pattern.ts'

/** What JSON Schema can say about the values of a simple type; numbers beyond JavaScript's are text. */
export function simpleSchema(type: SimpleType): JsonSchema {
  const { kind, schema } = builtinOf(type)
  const { facets } = type
  if (facets.enumeration) return { enum: facets.enumeration.map(value => allowedValue(value, kind)) }
  if (kind === 'text') return { ...schema, ...textFacets(facets, schema) }
  return kind === 'number' && schema.type === 'integer' ? { ...schema, ...bounds(facets) } : schema
}

function allowedValue(text: string, kind: 'text' | 'number' | 'boolean'): string | number | boolean {
  if (kind === 'boolean') return text.trim() === 'true' || text.trim() === '1'
  return kind === 'number' && Number.isFinite(Number(text)) ? Number(text) : text
}

function textFacets({ length, minLength, maxLength, patterns }: Facets, schema: JsonSchema): JsonSchema {
  // The length of binary data is that of its bytes, not of its text.
  if (schema.contentEncoding !== undefined) return {}
  const most = length ?? maxLength
  const least = length ?? minLength
  const pattern = schema.pattern === undefined ? patternOf(patterns?.at(-1)) : undefined
  return {
    ...(least !== undefined && least > 0 && { minLength: least }),
    ...(most !== undefined && { maxLength: most }),
    ...(pattern !== undefined && { pattern }),
  }
}

function bounds(facets: Facets): JsonSchema {
  const of = (text: string | undefined, by: number) =>
    text !== undefined && /^[+-]?\d{1,15}$/.test(text) ? Number(text) + by : undefined
  const lower = [of(facets.minInclusive, 0), of(facets.minExclusive, 1)].filter(each => each !== undefined)
  const upper = [of(facets.maxInclusive, 0), of(facets.maxExclusive, -1)].filter(each => each !== undefined)
  return {
    ...(lower.length > 0 && { minimum: Math.max(...lower) }),
    ...(upper.length > 0 && { maximum: Math.min(...upper) }),
  }
}
