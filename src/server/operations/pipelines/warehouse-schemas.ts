import { type Static, Type } from 'typebox'

const strict = { additionalProperties: false } as const

/** Most rows of one answer. */
export const mostRows = 100_000
export const WarehouseOrder = Type.Object(
  {
    system: Type.String({ minLength: 1, maxLength: 200, description: 'The warehouse' }),
    sql: Type.String({ minLength: 1, maxLength: 100_000, description: 'One query, which changes nothing' }),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: mostRows, description: 'At most so many rows; 1,000 if absent' }),
    ),
  },
  strict,
)
export type WarehouseOrder = Static<typeof WarehouseOrder>

export const WarehouseAnswer = Type.Object(
  {
    columns: Type.Array(Type.String()),
    rows: Type.Array(Type.Array(Type.Unknown()), {
      description: 'Cells in the order of the columns. Decimals and big integers are texts',
    }),
    more: Type.Boolean({ description: 'There are more rows than were asked for' }),
  },
  strict,
)
export type WarehouseAnswer = Static<typeof WarehouseAnswer>
