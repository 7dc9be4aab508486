import { IsthmusError } from '../../../errors.ts'
import {
  type DataOfFields,
  Draft,
  type Field,
  type Fields,
  type Position,
  readFields,
  schemaOfFields,
  singleValue,
  writeFields,
} from './field.ts'
import { componentOf, type Value, valuesOf } from './segment.ts'
import {
  codeValue,
  dateValue,
  decimalValue,
  impliedValue,
  type Length,
  momentSchema,
  readMoment,
  type TextValue,
  textValue,
  timeValue,
  writeMoment,
} from './values.ts'

/** A text (types AN, ID, an, a), exactly as it stands. */
export function an(position: Position, length: Length = {}): ValueField<string, true> {
  return simple(position, textValue(length))
}

/** One of these codes; any other is a problem of its message. */
export function code<const C extends string>(
  position: Position,
  ...codes: readonly C[]
): ValueField<C, true> {
  return simple(position, codeValue(codes))
}

/** A number with a decimal mark (types R, n), as exact text: `19.95`. */
export function decimal(position: Position): ValueField<string, true> {
  return simple(position, decimalValue())
}

/** A number with so many implied decimal places (type N2: `implied(4, 2)`), as exact text: `1995` is `19.95`. */
export function implied(position: Position, places: number): ValueField<string, true> {
  return simple(position, impliedValue(places))
}

/** A day, read of CCYYMMDD or YYMMDD as `2026-11-30`; written with 8 digits, or with 6. */
export function date(
  position: Position,
  options: { readonly digits?: 6 | 8 } = {},
): ValueField<string, true> {
  return simple(position, dateValue(options.digits ?? 8))
}

/** A time of day, read of HHMM, HHMMSS and HHMMSSDD as `14:05`, `14:05:59`, `14:05:59.25`. */
export function time(position: Position): ValueField<string, true> {
  return simple(position, timeValue())
}

/**
 * Date and time of the EDIFACT composite C507 (DTM), by its format: 102 and 101 as `2026-11-30`, 203 and 201 as
 * `2026-11-30T14:05`, 204 with seconds. Written as 102, 203 or 204.
 */
export function dtm(element: number): Field<string, true> {
  checkPosition(element)
  return Object.freeze({
    required: true,
    schema: momentSchema,
    elements: [element],
    component: 2,
    read(elements, scope) {
      const value = singleValue(elements, element, scope)
      const text = value === undefined ? '' : componentOf(value, 2)
      if (value === undefined || text === '') return undefined
      const found = readMoment(text, componentOf(value, 3))
      if ('value' in found) return found.value
      scope.report(found.kind, found.reason, element, 2)
      return undefined
    },
    write(value, draft, scope) {
      const [text, format] = writeMoment(value, scope)
      draft.set(element, 2, text)
      draft.set(element, 3, format)
    },
  } satisfies Field<string, true>)
}

/** A composite element as an object; the positions of its fields are those of components. */
export function composite<F extends Fields>(element: number, fields: F): ValueField<DataOfFields<F>, true> {
  return valueField(element, schemaOfFields(fields), {
    read(value, scope) {
      const components = typeof value === 'string' ? [value] : value
      const report = (kind: Parameters<typeof scope.report>[0], reason: string, component: number) =>
        scope.report(kind, reason, element, component)
      return readFields(fields, components, { ...scope, report })
    },
    write(data, draft, scope, occurrence) {
      const inner = new Draft()
      writeFields(fields, data, inner, scope)
      for (const [index, text] of inner.elements.entries()) {
        if (typeof text === 'string') draft.set(element, index + 1, text, occurrence)
      }
    },
  })
}

/** Fields that belong together, as an object within that of the segment. */
export function together<F extends Fields>(fields: F): Field<DataOfFields<F>, true> {
  const elements = Object.values(fields).flatMap(field => field.elements)
  return Object.freeze({
    required: true,
    schema: schemaOfFields(fields),
    elements,
    read(from, scope) {
      const isThere = elements.some(element => valuesOf(from[element - 1]).length > 0)
      return isThere ? readFields(fields, from, scope) : undefined
    },
    write: (data, draft, scope) => writeFields(fields, data, draft, scope),
  } satisfies Field<DataOfFields<F>, true>)
}

/** A field of one value that can be repeated in its element. */
export interface ValueField<T, Required extends boolean = boolean> extends Field<T, Required> {
  readonly one: OneValue<T>
}

interface OneValue<T> {
  read(value: Value, scope: Parameters<Field['read']>[1]): T | undefined
  write(data: T, draft: Draft, scope: Parameters<Field['write']>[2], occurrence: number): void
}

function valueField<T>(
  element: number,
  schema: Field['schema'],
  one: OneValue<T>,
  component?: number,
): ValueField<T, true> {
  checkPosition(element)
  return Object.freeze({
    required: true,
    schema,
    elements: [element],
    component,
    one,
    read(elements, scope) {
      const value = singleValue(elements, element, scope)
      return value === undefined ? undefined : one.read(value, scope)
    },
    write: (data, draft, scope) => one.write(data, draft, scope, 0),
  } satisfies ValueField<T, true>)
}

function simple<T>(position: Position, { schema, read, write }: TextValue<T>): ValueField<T, true> {
  const [element, component] = typeof position === 'number' ? [position, undefined] : position
  if (component !== undefined) checkPosition(component)
  const one: OneValue<T> = {
    read(value, scope) {
      if (component === undefined && typeof value !== 'string')
        scope.report('too many', 'has several components and should have one', element)
      const text = componentOf(value, component ?? 1)
      if (text === '') return undefined
      const found = read(text, scope)
      if ('value' in found) return found.value
      scope.report(found.kind, found.reason, element, component)
      return undefined
    },
    write: (data, draft, scope, occurrence) =>
      draft.set(element, component ?? 1, write(data, scope), occurrence),
  }
  return valueField(element, schema, one, component)
}

/** Repetitions of a field within its element, as a list. */
export function repeatedField<T>(field: ValueField<T>, max: number): Field<T[], true> {
  const [element = 1] = field.elements
  return Object.freeze({
    required: true,
    schema: { type: 'array', items: field.schema, ...(Number.isFinite(max) && { maxItems: max }) },
    elements: field.elements,
    read(elements, scope) {
      const values = valuesOf(elements[element - 1])
      if (values.length > max) scope.report('too many', `is there ${values.length} times`, element)
      return values.map(value => field.one.read(value, scope)).filter(value => value !== undefined)
    },
    write(list, draft, scope) {
      if (!Array.isArray(list) || list.length > max) scope.refuse(`is no list of at most ${max}`)
      for (const [index, value] of list.entries()) field.one.write(value, draft, scope, index)
    },
  } satisfies Field<T[], true>)
}

function checkPosition(position: number): void {
  if (Number.isInteger(position) && position > 0 && position <= 999) return
  throw new IsthmusError('FLOW-DEFINITION', `${position} is no position in a segment; they begin with 1.`)
}
