import { Type } from 'typebox'
import { IsthmusError } from '../../../errors.ts'
import { repeatedField, type ValueField } from './declare.ts'
import { type DataOfFields, type Field, type Fields, type Schema, schemaOfFields } from './field.ts'
import type { Segment } from './segment.ts'
import { componentOf, valuesOf } from './segment.ts'

/** What stands once, perhaps, or several times in a message: a segment, or a group of segments. */
export interface Part<T = unknown, Required extends boolean = boolean> {
  readonly required: Required
  readonly min: number
  readonly max: number
  /** Whether the data is a list. */
  readonly list: boolean
  readonly content: Content
  /** Of the data, the list included. */
  readonly schema: Schema
  /** Only in types. */
  readonly data?: T
}

export type Content = SegmentContent | GroupContent

export interface SegmentContent {
  readonly tag: string
  readonly fields: Fields
  /** The first component that certain elements have, by their numbers. */
  readonly where: Where
}

export interface GroupContent {
  readonly parts: Parts
}

export type Parts = Readonly<Record<string, Part>>
/** The code that an element begins with: `{ 1: 'BY' }`. */
export type Where = Readonly<Record<number, string>>

type Name<P> = keyof P & string
type Needed<P extends Parts> = { [N in Name<P>]: P[N] extends Part<unknown, true> ? N : never }[Name<P>]
type DataOfPart<P> = P extends Part<infer T> ? T : never
export type DataOfParts<P extends Parts> = { [N in Needed<P>]: DataOfPart<P[N]> } & {
  [N in Exclude<Name<P>, Needed<P>>]?: DataOfPart<P[N]> | undefined
}

/**
 * A segment, by its tag and the fields that are wanted of it. Segments of one tag are told apart by `where`, the code in
 * an element: `segment('NAD', {...}, { 1: 'BY' })` is the buyer. That code is written, too.
 */
export function segment<F extends Fields>(
  tag: string,
  fields: F,
  where: Where = {},
): Part<DataOfFields<F>, true> {
  return part({ tag, fields, where }, schemaOfFields(fields))
}

/** Segments that belong together; the first of them is there once and begins the group. */
export function group<P extends Parts>(parts: P): Part<DataOfParts<P>, true> {
  const [first] = Object.values(parts)
  if (first === undefined || first.min !== 1 || first.max !== 1)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      'A group begins with a segment or group that is there exactly once.',
    )
  return part({ parts }, schemaOfParts(parts))
}

function part<T>(content: Content, schema: Schema): Part<T, true> {
  return Object.freeze({ required: true, min: 1, max: 1, list: false, content, schema })
}

/** What may be absent: a field, a segment or a group. */
export function optional<T>(field: Field<T, true>): Field<T, false>
export function optional<T>(part: Part<T, true>): Part<T, false>
export function optional(node: Field | Part): Field | Part {
  return Object.freeze({ ...node, required: false, ...('content' in node && { min: 0 }) })
}

/** What occurs any number of times, as a list: a segment, a group, or a value that is repeated in its element. */
export function many<T>(field: ValueField<T, true>, times?: Times): Field<T[], true>
export function many<T>(part: Part<T, true>, times?: Times): Part<T[], true>
export function many(node: ValueField<unknown, true> | Part<unknown, true>, times: Times = {}): Field | Part {
  const { min = 0, max = Number.POSITIVE_INFINITY } = times
  if (!('content' in node)) return repeatedField(node, max)
  const schema = {
    type: 'array',
    items: node.schema,
    minItems: min,
    ...(Number.isFinite(max) && { maxItems: max }),
  }
  return Object.freeze({ ...node, min, max, list: true, schema })
}

export interface Times {
  /** Default 0. */
  readonly min?: number | undefined
  /** As many as there are, if absent. */
  readonly max?: number | undefined
}

/** How a type of message is read into named, typed data and written from it. */
export interface Layout<T = unknown> {
  /** As in ST01 or UNH: `850`, `ORDERS`. */
  readonly type: string
  readonly parts: Parts
  /** Tags of segments that are passed over. */
  readonly ignored: ReadonlySet<string>
  readonly schema: ReturnType<typeof Type.Unsafe<T>>
}

/**
 * The layout of a message: its parts in their order. A segment that it neither names nor has among `ignored` is a problem
 * of its message. Elements that it does not name are not in the data.
 */
export function layout<P extends Parts>(
  type: string,
  parts: P,
  options: { readonly ignored?: readonly string[] } = {},
): Layout<DataOfParts<P>> {
  const schema = Type.Unsafe<DataOfParts<P>>(schemaOfParts(parts))
  return Object.freeze({ type, parts, ignored: new Set(options.ignored), schema })
}

export type DataOfLayout<L> = L extends Layout<infer T> ? T : never

function schemaOfParts(parts: Parts): Schema {
  const names = Object.keys(parts)
  return {
    type: 'object',
    properties: Object.fromEntries(names.map(name => [name, parts[name]?.schema])),
    required: names.filter(name => parts[name]?.required),
    additionalProperties: false,
  }
}

/** The segment with which a part begins. */
export function beginOf({ content }: Part): SegmentContent {
  if ('tag' in content) return content
  const [first] = Object.values(content.parts)
  return beginOf(first as Part)
}

export function isBegin(content: SegmentContent, segment: Segment): boolean {
  if (content.tag !== segment.tag) return false
  for (const number in content.where) {
    const [value = ''] = valuesOf(segment.elements[Number(number) - 1])
    if (componentOf(value, 1) !== content.where[number]) return false
  }
  return true
}
