import { an, code, composite } from './declare.ts'
import { type DataOfFields, schemaOfFields } from './field.ts'
import { optional } from './layout.ts'
import type { Segment } from './segment.ts'
import { componentOf, valuesOf } from './segment.ts'
import { type Separators, unaAdvice } from './separators.ts'
import type { Syntax } from './syntax.ts'

const party = {
  id: an(1, { max: 35 }),
  qualifier: optional(an(2, { max: 4 })),
  internal: optional(an(3, { max: 35 })),
  subInternal: optional(an(4, { max: 35 })),
}

/** UNB. Source: ISO 9735. The date is YYMMDD or, from version 4 on, CCYYMMDD. */
export const unbFields = {
  syntax: composite(1, {
    id: an(1, { min: 4, max: 4 }),
    version: code(2, '1', '2', '3', '4'),
    directory: optional(an(3)),
    encoding: optional(an(4)),
    release: optional(an(5)),
  }),
  sender: composite(2, party),
  receiver: composite(3, party),
  date: an([4, 1], { min: 6, max: 8 }),
  time: an([4, 2], { min: 4, max: 6 }),
  number: an(5, { max: 14 }),
  password: optional(composite(6, { value: an(1, { max: 14 }), qualifier: optional(an(2, { max: 2 })) })),
  application: optional(an(7, { max: 14 })),
  priority: optional(an(8, { max: 1 })),
  acknowledge: optional(an(9, { max: 1 })),
  agreement: optional(an(10, { max: 35 })),
  test: optional(an(11, { max: 1 })),
}

/** UNG. */
export const ungFields = {
  type: optional(an(1, { max: 6 })),
  sender: optional(composite(2, party)),
  receiver: optional(composite(3, party)),
  date: optional(an([4, 1], { min: 6, max: 8 })),
  time: optional(an([4, 2], { min: 4, max: 6 })),
  number: an(5, { max: 14 }),
  agency: optional(an(6, { max: 3 })),
  version: optional(
    composite(7, {
      version: an(1, { max: 3 }),
      release: an(2, { max: 3 }),
      association: optional(an(3, { max: 6 })),
    }),
  ),
  password: optional(an(8, { max: 14 })),
}

/** UNH. */
export const unhFields = {
  number: an(1, { max: 14 }),
  type: an([2, 1], { max: 6 }),
  version: an([2, 2], { max: 3 }),
  release: an([2, 3], { max: 3 }),
  agency: an([2, 4], { max: 3 }),
  association: optional(an([2, 5], { max: 6 })),
  codeList: optional(an([2, 6], { max: 6 })),
  subFunction: optional(an([2, 7], { max: 6 })),
  access: optional(an(3, { max: 35 })),
  transfer: optional(composite(4, { sequence: an(1, { max: 2 }), place: optional(an(2, { max: 1 })) })),
}

export type EdifactInterchange = DataOfFields<typeof unbFields> & {
  /** The six characters of UNA (`:+.? '`), if it was or shall be there. */
  readonly una?: string | undefined
}
export type EdifactGroup = DataOfFields<typeof ungFields>
export type EdifactMessageHead = DataOfFields<typeof unhFields>

export const edifactSyntax: Syntax = {
  name: 'EDIFACT',
  begins: ['UNA', 'UNB'],
  advice: unaAdvice,
  interchange: { begin: 'UNB', end: 'UNZ', fields: unbFields },
  group: { begin: 'UNG', end: 'UNE', fields: ungFields },
  message: { begin: 'UNH', end: 'UNT', fields: unhFields },
  ungrouped: true,
  numbered: true,
  tag: /^[A-Z][A-Z0-9]{2}$/,
  refine: (separators, begin) => edifactSeparators(separators, syntaxVersionOf(begin)),
}

/** Only version 4 repeats elements. */
export function edifactSeparators(separators: Separators, version: string): Separators {
  return version < '4' ? { ...separators, repetition: '' } : separators
}

function syntaxVersionOf(begin: Segment): string {
  const [value = ''] = valuesOf(begin.elements[0])
  return componentOf(value, 2)
}

const unbSchema = schemaOfFields(unbFields)
export const edifactInterchangeSchema = {
  ...unbSchema,
  properties: { ...(unbSchema.properties as object), una: { type: 'string', minLength: 6, maxLength: 6 } },
}
export const edifactGroupSchema = schemaOfFields(ungFields)
export const edifactMessageSchema = schemaOfFields(unhFields)
