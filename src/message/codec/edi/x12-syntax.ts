import { an, code, together } from './declare.ts'
import { type DataOfFields, schemaOfFields } from './field.ts'
import { optional } from './layout.ts'
import { isaAdvice } from './separators.ts'
import type { Syntax } from './syntax.ts'

/** ISA. Source: X12.5. Texts are without the blanks that fill them; date and time are YYMMDD and HHMM. */
export const isaFields = {
  authorization: optional(
    together({ qualifier: an(1, { max: 2 }), information: optional(an(2, { max: 10 })) }),
  ),
  security: optional(together({ qualifier: an(3, { max: 2 }), information: optional(an(4, { max: 10 })) })),
  sender: together({ qualifier: an(5, { max: 2 }), id: an(6, { max: 15 }) }),
  receiver: together({ qualifier: an(7, { max: 2 }), id: an(8, { max: 15 }) }),
  date: an(9, { min: 6, max: 6 }),
  time: an(10, { min: 4, max: 4 }),
  standard: an(11, { max: 1 }),
  version: an(12, { min: 5, max: 5 }),
  number: an(13, { max: 9 }),
  acknowledge: code(14, '0', '1'),
  usage: code(15, 'P', 'T', 'I'),
}

/** GS. */
export const gsFields = {
  functional: an(1, { min: 2, max: 2 }),
  sender: an(2, { min: 2, max: 15 }),
  receiver: an(3, { min: 2, max: 15 }),
  date: an(4, { min: 6, max: 8 }),
  time: an(5, { min: 4, max: 8 }),
  number: an(6, { max: 9 }),
  agency: an(7, { max: 2 }),
  version: an(8, { max: 12 }),
}

/** ST. */
export const stFields = {
  type: an(1, { min: 3, max: 3 }),
  number: an(2, { min: 1, max: 9 }),
  version: optional(an(3, { max: 35 })),
}

export type X12Interchange = DataOfFields<typeof isaFields> & {
  /** Those that it was read with; in writing `*`, `>` and `~` if absent. */
  readonly separators?: X12Separators | undefined
}
export type X12Group = DataOfFields<typeof gsFields>
export type X12Transaction = DataOfFields<typeof stFields>

export interface X12Separators {
  readonly element: string
  readonly component: string
  readonly segment: string
}

export const x12Syntax: Syntax = {
  name: 'X12',
  begins: ['ISA'],
  advice: isaAdvice,
  interchange: { begin: 'ISA', end: 'IEA', fields: isaFields },
  group: { begin: 'GS', end: 'GE', fields: gsFields },
  message: { begin: 'ST', end: 'SE', fields: stFields },
  ungrouped: false,
  numbered: true,
  tag: /^[A-Z][A-Z0-9]{1,2}$/,
  refine: separators => separators,
}

const character = { type: 'string', minLength: 1, maxLength: 1 }
const separatorsSchema = {
  type: 'object',
  properties: { element: character, component: character, segment: character },
  required: ['element', 'component', 'segment'],
  additionalProperties: false,
}

const isaSchema = schemaOfFields(isaFields)
export const x12InterchangeSchema = {
  ...isaSchema,
  properties: { ...(isaSchema.properties as object), separators: separatorsSchema },
}
export const x12GroupSchema = schemaOfFields(gsFields)
export const x12TransactionSchema = schemaOfFields(stFields)
