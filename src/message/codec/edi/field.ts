import type { ProblemKind } from './problem.ts'
import { type Element, isRepeated, type Value, valuesOf } from './segment.ts'

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>

/** A value of a segment: where it stands, which text it may be, and which data that is. */
export interface Field<T = unknown, Required extends boolean = boolean> {
  readonly required: Required
  /** Of the data. */
  readonly schema: Schema
  /** The elements that this field reads, from 1. */
  readonly elements: readonly number[]
  /** The component that it reads of one element, if not all of it. */
  readonly component?: number | undefined
  /** Undefined where nothing stands; what is wrong is reported. */
  read(elements: readonly Element[], scope: ReadScope): T | undefined
  /** Throws what `scope.refuse` makes of data that cannot be written. */
  write(value: T, draft: Draft, scope: WriteScope): void
}

export type Fields = Readonly<Record<string, Field>>

type Name<F> = keyof F & string
type Needed<F extends Fields> = { [N in Name<F>]: F[N] extends Field<unknown, true> ? N : never }[Name<F>]
type DataOfField<F> = F extends Field<infer T> ? T : never
/** The data of a set of fields. */
export type DataOfFields<F extends Fields> = { [N in Needed<F>]: DataOfField<F[N]> } & {
  [N in Exclude<Name<F>, Needed<F>>]?: DataOfField<F[N]> | undefined
}

export interface ReadScope {
  /** The decimal mark. */
  readonly decimal: string
  report(kind: ProblemKind, reason: string, element: number, component?: number): void
}

export interface WriteScope {
  readonly decimal: string
  refuse(reason: string): never
}

/** An element (`2`), or a component of a composite element (`[2, 1]`). */
export type Position = number | readonly [element: number, component: number]

/** A segment in the making. */
export class Draft {
  readonly #elements: string[][][] = []

  /** Sets a component (from 1) of an occurrence (from 0) of an element (from 1). */
  set(element: number, component: number, text: string, occurrence = 0): void {
    const occurrences = at(this.#elements, element - 1, () => [])
    const components = at(occurrences, occurrence, () => [])
    while (components.length < component) components.push('')
    components[component - 1] = text
  }

  /** Without empty components and elements at ends. */
  get elements(): Element[] {
    const elements = this.#elements.map(occurrences => {
      const values = trimmed(occurrences.map(valueWith))
      return values.length > 1 ? { repeated: values } : (values[0] ?? '')
    })
    return trimmed(elements)
  }
}

function at<T>(list: T[], index: number, make: () => T): T {
  while (list.length <= index) list.push(make())
  return list[index] as T
}

function valueWith(components: readonly string[]): Value {
  const used = trimmed(components)
  return used.length > 1 ? used : (used[0] ?? '')
}

function trimmed<T>(list: readonly T[]): T[] {
  let end = list.length
  while (end > 0 && list[end - 1] === '') end--
  return list.slice(0, end)
}

/** The one value of an element; more than one is reported. */
export function singleValue(
  elements: readonly Element[],
  number: number,
  scope: ReadScope,
): Value | undefined {
  const element = elements[number - 1]
  if (element !== undefined && isRepeated(element))
    scope.report('too many', 'is repeated and should not be', number)
  return valuesOf(element)[0]
}

/** Reads each of several fields into an object. */
export function readFields<F extends Fields>(
  fields: F,
  elements: readonly Element[],
  scope: ReadScope,
): DataOfFields<F> {
  const data: Record<string, unknown> = {}
  let isTold = false
  const report: ReadScope['report'] = (...problem) => {
    isTold = true
    scope.report(...problem)
  }
  for (const name of Object.keys(fields)) {
    const field = fields[name] as Field
    isTold = false
    const value = field.read(elements, { decimal: scope.decimal, report })
    if (value !== undefined) data[name] = value
    else if (field.required && !isTold)
      scope.report('element missing', 'is missing', field.elements[0] ?? 1, field.component)
  }
  return data as DataOfFields<F>
}

/** Writes an object into a segment. */
export function writeFields(fields: Fields, data: unknown, draft: Draft, scope: WriteScope): void {
  if (typeof data !== 'object' || data === null) scope.refuse('is no object')
  for (const name of Object.keys(fields)) {
    const field = fields[name] as Field
    const value = (data as Record<string, unknown>)[name]
    const inner: WriteScope = { ...scope, refuse: reason => scope.refuse(`${name} ${reason}`) }
    if (value !== undefined) field.write(value, draft, inner)
    else if (field.required) inner.refuse('is missing')
  }
}

export function schemaOfFields(fields: Fields): Schema {
  const names = Object.keys(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(names.map(name => [name, fields[name]?.schema])),
    required: names.filter(name => fields[name]?.required),
    additionalProperties: false,
  }
}
