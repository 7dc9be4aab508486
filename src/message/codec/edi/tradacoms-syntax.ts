import { an, composite } from './declare.ts'
import { type DataOfFields, schemaOfFields } from './field.ts'
import { optional } from './layout.ts'
import { tradacomsAdvice } from './separators.ts'
import type { Syntax } from './syntax.ts'

const party = { id: optional(an(1, { max: 14 })), name: optional(an(2, { max: 35 })) }

/** STX. Source: TRADACOMS, British Standard. The date is YYMMDD. */
export const stxFields = {
  syntax: composite(1, { id: an(1, { max: 4 }), version: an(2, { max: 1 }) }),
  sender: composite(2, party),
  receiver: composite(3, party),
  date: an([4, 1], { min: 6, max: 6 }),
  time: optional(an([4, 2], { min: 6, max: 6 })),
  number: an(5, { max: 14 }),
  password: optional(an(6, { max: 14 })),
  application: optional(an(7, { max: 12 })),
  priority: optional(an(8, { max: 1 })),
}

/** BAT. */
export const batFields = { number: an(1, { max: 12 }) }

/** MHD. */
export const mhdFields = {
  number: an(1, { max: 12 }),
  type: an([2, 1], { max: 6 }),
  version: an([2, 2], { max: 1 }),
}

export type TradacomsInterchange = DataOfFields<typeof stxFields>
export type TradacomsBatch = DataOfFields<typeof batFields>
export type TradacomsMessageHead = DataOfFields<typeof mhdFields>

export const tradacomsSyntax: Syntax = {
  name: 'TRADACOMS',
  begins: ['STX'],
  advice: tradacomsAdvice,
  interchange: { begin: 'STX', end: 'END', fields: stxFields },
  group: { begin: 'BAT', end: 'EOB', fields: batFields },
  message: { begin: 'MHD', end: 'MTR', fields: mhdFields },
  ungrouped: true,
  numbered: false,
  tag: /^[A-Z]{3}$/,
  refine: separators => separators,
}

export const tradacomsInterchangeSchema = schemaOfFields(stxFields)
export const tradacomsBatchSchema = schemaOfFields(batFields)
export const tradacomsMessageSchema = schemaOfFields(mhdFields)
