import { Type } from 'typebox'
import type { EdifactGroup, EdifactInterchange, EdifactMessageHead } from './edifact-syntax.ts'
import { edifactGroupSchema, edifactInterchangeSchema, edifactMessageSchema } from './edifact-syntax.ts'
import type { Schema } from './field.ts'
import type { Layout } from './layout.ts'
import { type Problem, problemKinds } from './problem.ts'
import type { Segment } from './segment.ts'
import {
  type TradacomsBatch,
  type TradacomsInterchange,
  type TradacomsMessageHead,
  tradacomsBatchSchema,
  tradacomsInterchangeSchema,
  tradacomsMessageSchema,
} from './tradacoms-syntax.ts'
import type { X12Group, X12Interchange, X12Transaction } from './x12-syntax.ts'
import { x12GroupSchema, x12InterchangeSchema, x12TransactionSchema } from './x12-syntax.ts'

/** What an X12 transaction set says: of itself (ST), of its group (GS) and of its interchange (ISA). */
export interface X12Envelope {
  readonly interchange: X12Interchange
  readonly group: X12Group
  readonly message: X12Transaction
}

/** What an EDIFACT message says: of itself (UNH), of its group (UNG), if it is in one, and of its interchange (UNB). */
export interface EdifactEnvelope {
  readonly interchange: EdifactInterchange
  readonly group?: EdifactGroup | undefined
  readonly message: EdifactMessageHead
}

/** What a TRADACOMS message says: of itself (MHD), of its batch (BAT), if it is in one, and of its interchange (STX). */
export interface TradacomsEnvelope {
  readonly interchange: TradacomsInterchange
  readonly group?: TradacomsBatch | undefined
  readonly message: TradacomsMessageHead
}

/** The segments of a message between its first and its last. */
export interface WithSegments {
  readonly segments: readonly Segment[]
}

/** The data of a message by its layout. */
export interface WithData<T> {
  readonly data: T
}

export type X12Message<T = never> = X12Envelope & Content<T>
export type EdifactMessage<T = never> = EdifactEnvelope & Content<T>
export type TradacomsMessage<T = never> = TradacomsEnvelope & Content<T>

/** By a layout, or segments where there is none. */
export type Content<T> = [T] extends [never] ? WithSegments : WithData<T>

/** A whole interchange with its problems: what an acknowledgement is made of. */
export interface InterchangeOf<I, G, M, T> {
  readonly interchange: I
  /** Of EDIFACT without groups, one without `group`. */
  readonly groups: readonly {
    readonly group?: G | undefined
    readonly messages: readonly MessageIn<M, T>[]
    /** How many messages the end of the group (GE, UNE) says there are. */
    readonly stated?: number | undefined
    /** Of its begin and end, and of what is not in a message. */
    readonly problems?: readonly Problem[] | undefined
  }[]
  readonly problems?: readonly Problem[] | undefined
}

/** A message with problems has its segments, and no data. */
export type MessageIn<M, T> = {
  readonly message: M
  readonly problems?: readonly Problem[] | undefined
} & Partial<Content<T> & WithSegments>

export type X12InterchangeRecord<T = never> = InterchangeOf<X12Interchange, X12Group, X12Transaction, T>
export type EdifactInterchangeRecord<T = never> = InterchangeOf<
  EdifactInterchange,
  EdifactGroup,
  EdifactMessageHead,
  T
>

/**
 * Sender, receiver and the numbers of interchange, group and message, by which a message is known wherever it comes from;
 * of an interchange, its own alone.
 */
export function messageId({ interchange, group, message }: Identified): string {
  const { sender, receiver, number } = interchange
  const party = ({ id, name, qualifier }: Party) => [qualifier, id ?? name].filter(Boolean).join(':')
  const within = message === undefined ? [] : [group?.number ?? '', message.number]
  return [party(sender), party(receiver), number, ...within].join('/')
}

interface Identified {
  readonly interchange: { readonly sender: Party; readonly receiver: Party; readonly number: string }
  readonly group?: { readonly number: string } | undefined
  readonly message?: { readonly number: string } | undefined
}

interface Party {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly qualifier?: string | undefined
}

/**
 * The messages of an interchange that an acknowledgement accepts, each with its envelope: those without a problem, if
 * there is none of their group or of the interchange itself.
 */
export function messagesOf<I, G, M, T = never>(
  record: InterchangeOf<I, G, M, T>,
): ({ readonly interchange: I; readonly group: G; readonly message: M } & Content<T>)[] {
  const { interchange, groups } = record
  if (!isGood(record)) return []
  return groups
    .filter(isGood)
    .flatMap(({ group, messages }) =>
      messages
        .filter(isGood)
        .map(({ problems: _, ...rest }) => ({ interchange, ...(group && { group }), ...rest }) as never),
    )
}

export function isGood({ problems = [] }: { readonly problems?: readonly Problem[] | undefined }): boolean {
  return problems.length === 0
}

const text = { type: 'string' }
const texts = { type: 'array', items: text, minItems: 2 }
const value = { anyOf: [text, texts] }
const repeated = {
  type: 'object',
  properties: { repeated: { type: 'array', items: value, minItems: 2 } },
  required: ['repeated'],
  additionalProperties: false,
}
const segmentsSchema: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { tag: text, elements: { type: 'array', items: { anyOf: [text, texts, repeated] } } },
    required: ['tag', 'elements'],
    additionalProperties: false,
  },
}
const whole = { type: 'integer', minimum: 0 }
const problemsSchema: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      ...{ kind: { enum: Object.keys(problemKinds) }, reason: text, tag: text },
      ...{ offset: whole, line: whole, segment: whole, element: whole, component: whole },
    },
    required: ['kind', 'reason', 'tag', 'offset', 'line', 'segment'],
    additionalProperties: false,
  },
}

interface Heads {
  readonly interchange: Schema
  readonly group: Schema
  readonly message: Schema
  readonly ungrouped: boolean
}
const x12Heads: Heads = {
  ...{ interchange: x12InterchangeSchema, group: x12GroupSchema, message: x12TransactionSchema },
  ungrouped: false,
}
const edifactHeads: Heads = {
  ...{ interchange: edifactInterchangeSchema, group: edifactGroupSchema, message: edifactMessageSchema },
  ungrouped: true,
}

const tradacomsHeads: Heads = {
  ...{
    interchange: tradacomsInterchangeSchema,
    group: tradacomsBatchSchema,
    message: tradacomsMessageSchema,
  },
  ungrouped: true,
}

function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter(name => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

const schemaOf = (layout: Layout) => layout.schema as unknown as Schema

function messageSchema(
  { interchange, group, message, ungrouped }: Heads,
  layout: Layout | undefined,
): Schema {
  const content: Record<string, Schema> =
    layout === undefined ? { segments: segmentsSchema } : { data: schemaOf(layout) }
  return object({ interchange, group, message, ...content }, ungrouped ? ['group'] : [])
}

function interchangeSchema({ interchange, group, message }: Heads, layout: Layout | undefined): Schema {
  const data: Record<string, Schema> = layout === undefined ? {} : { data: schemaOf(layout) }
  const one = object({ message, segments: segmentsSchema, problems: problemsSchema, ...data }, [
    'segments',
    'problems',
    'data',
  ])
  const groupOf = object(
    { group, messages: { type: 'array', items: one }, stated: whole, problems: problemsSchema },
    ['group', 'stated', 'problems'],
  )
  return object({ interchange, groups: { type: 'array', items: groupOf }, problems: problemsSchema }, [
    'problems',
  ])
}

/** The schema of X12 messages, for a model: by a layout, or of segments. */
export function x12Message<T = never>(layout?: Layout<T>) {
  return Type.Unsafe<X12Message<T>>(messageSchema(x12Heads, layout))
}

/** The schema of EDIFACT messages, for a model: by a layout, or of segments. */
export function edifactMessage<T = never>(layout?: Layout<T>) {
  return Type.Unsafe<EdifactMessage<T>>(messageSchema(edifactHeads, layout))
}

/** The schema of TRADACOMS messages, for a model: by a layout, or of segments. */
export function tradacomsMessage<T = never>(layout?: Layout<T>) {
  return Type.Unsafe<TradacomsMessage<T>>(messageSchema(tradacomsHeads, layout))
}

/** The schema of whole X12 interchanges, for a model. */
export function x12Interchange<T = never>(layout?: Layout<T>) {
  return Type.Unsafe<X12InterchangeRecord<T>>(interchangeSchema(x12Heads, layout))
}

/** The schema of whole EDIFACT interchanges, for a model. */
export function edifactInterchange<T = never>(layout?: Layout<T>) {
  return Type.Unsafe<EdifactInterchangeRecord<T>>(interchangeSchema(edifactHeads, layout))
}
