import type { JsonSchema } from '../../model/schema-validator.ts'
import { Evidence } from './evidence.ts'

/**
 * A text is one of a list of values where it was seen at least 20 times with at most 12 different ones, each of them
 * twice or more, and 5 times on average. docs/import.md says so, too.
 */
const enumRule = { samples: 20, values: 12, each: 2, average: 5, length: 60 }

/** An object is a map where none of at least 20 names stands in more than half of the objects. */
const mapRule = { names: 20, objects: 3, share: 0.5 }

/** So many texts must be decimal numbers, one of them with a fraction, for others to be refused. */
const decimalRule = 5

const formats = ['date', 'date-time', 'uuid', 'email', 'uri']

/**
 * The schema that all samples fit. Its `$comment`s tell how many samples said so. In `xml`, a list of one cannot be told
 * from a single value: what was a list once is one always, and the codec makes it one when it is given this schema.
 */
export function inferred(evidence: Evidence, format?: 'xml'): JsonSchema {
  const isList = format === 'xml' && evidence.lists > 0
  const kinds = isList
    ? [{ type: 'array', items: inferred(itemsOf(evidence), format) }]
    : kindsOf(evidence, format)
  const [only] = kinds
  if (only === undefined) return {}
  if (evidence.nulls === 0) return kinds.length === 1 ? only : { anyOf: kinds }
  return { anyOf: [...kinds, { type: 'null' }] }
}

/** Those of lists, and single values. */
function itemsOf(evidence: Evidence): Evidence {
  const items = new Evidence()
  items.merge(evidence)
  items.lists = 0
  items.nulls = 0
  const { items: listed } = items
  items.items = undefined
  if (listed) items.merge(listed)
  return items
}

function kindsOf(evidence: Evidence, format: 'xml' | undefined): JsonSchema[] {
  const { objects, lists, numbers, integers, booleans, texts } = evidence
  return [
    ...(objects > 0 ? [objectOf(evidence, format)] : []),
    ...(lists > 0 ? [{ type: 'array', items: inferred(evidence.items ?? new Evidence(), format) }] : []),
    ...(numbers > 0 ? [{ type: integers === numbers ? 'integer' : 'number' }] : []),
    ...(booleans > 0 ? [{ type: 'boolean' }] : []),
    ...(texts > 0 ? [textOf(evidence)] : []),
  ]
}

function objectOf(evidence: Evidence, format: 'xml' | undefined): JsonSchema {
  const { fields, objects } = evidence
  if (isMap(evidence)) {
    const all = new Evidence()
    for (const field of fields.values()) all.merge(field)
    return {
      type: 'object',
      additionalProperties: inferred(all, format),
      $comment: `${fields.size} names seen`,
    }
  }
  const properties = [...fields].map(([name, field]) => [
    name,
    withComment(inferred(field, format), field, objects),
  ])
  const required = [...fields].filter(([, { count }]) => count === objects).map(([name]) => name)
  return { type: 'object', properties: Object.fromEntries(properties), required }
}

/** Names that are data: keys of records, dates; or so many that none of them is a field. */
function isMap({ fields, objects }: Evidence): boolean {
  const names = [...fields.keys()]
  if (
    names.length >= 2 &&
    names.every(name =>
      /^(?:\d+|\d{4}-\d\d(?:-\d\d)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(name),
    )
  )
    return true
  if (names.length < mapRule.names || objects < mapRule.objects) return false
  return [...fields.values()].every(({ count }) => count <= objects * mapRule.share)
}

function textOf(evidence: Evidence): JsonSchema {
  const { texts, empties } = evidence
  if (texts === empties) return { type: 'string' }
  const values = enumOf(evidence)
  const form = values ?? formOf(evidence)
  return empties > 0 && Object.keys(form).length > 1 ? { anyOf: [{ const: '' }, form] } : form
}

function enumOf({ texts, empties, values, hasMoreValues, forms }: Evidence): JsonSchema | undefined {
  const seen = texts - empties
  const { samples, values: most, each, average, length } = enumRule
  if (hasMoreValues || seen < samples || values.size > most || values.size * average > seen) return undefined
  if (forms.get('decimal') || forms.get('digits') || formats.some(name => forms.get(name))) return undefined
  const fits = [...values].every(([value, count]) => count >= each && value.length <= length)
  return fits ? { type: 'string', enum: [...values.keys()].sort() } : undefined
}

function formOf({ forms, values, texts, empties }: Evidence): JsonSchema {
  const format = formats.find(name => forms.get(name))
  if (format !== undefined) return { type: 'string', format }
  const hasFraction = [...values.keys()].some(value => value.includes('.'))
  if (forms.get('decimal') && hasFraction && texts - empties >= decimalRule)
    return { type: 'string', pattern: '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$' }
  return { type: 'string' }
}

function withComment(schema: JsonSchema, evidence: Evidence, of: number): JsonSchema {
  const { count, values, hasMoreValues, texts, numbers, empties, forms } = evidence
  const parts = [`in ${count} of ${of}`]
  if (texts + numbers > 0) parts.push(`${hasMoreValues ? 'more than ' : ''}${values.size} different`)
  if (evidence.nulls > 0) parts.push(evidence.nulls === count ? 'always null' : `${evidence.nulls} null`)
  if (empties > 0) parts.push(`${empties} empty`)
  if (texts > empties && forms.get('digits'))
    parts.push(forms.get('decimal') ? 'always digits' : 'digits with leading zeros: stays text')
  return { ...schema, $comment: parts.join(', ') }
}
