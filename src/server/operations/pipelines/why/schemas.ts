import { type Static, Type } from 'typebox'
import { strict, Text, Time } from '../../schemas.ts'
import { ParkedRow } from '../pipeline-schemas.ts'

/** The shapes of what is told of one value of a row of a warehouse. */
const optional = Type.Optional
const Cell = Type.Object({ column: Text, value: Type.Unknown() }, strict)

const Writer = Type.Object(
  {
    run: optional(Type.String({ description: 'Key of the run; absent where its log is gone' })),
    from: Time,
    until: Time,
    at: Type.Integer({ description: 'When it was published, milliseconds since 1970 UTC' }),
    repair: optional(Type.Boolean({ description: 'It loaded rows that had been set aside' })),
    sameTable: optional(Type.Boolean({ description: 'The table was declared then as it is now' })),
  },
  strict,
)

const Rule = Type.Object(
  { name: optional(Text), text: Text, file: optional(Text), line: optional(Type.Integer()) },
  strict,
)

export const WhyRow = Type.Object(
  {
    table: Type.String({ description: '`WAREHOUSE.TABLE`' }),
    pipeline: Text,
    column: Text,
    key: Type.Array(Cell),
    value: Type.Unknown(),
    rows: Type.Integer({ description: 'Rows that have the key; the first, or newest, is told. At most 100' }),
    version: Type.String({ description: 'Hash of the table as it is declared now' }),
    writers: Type.Array(Writer, {
      description: 'The published runs that may have written the row, the newest first; one: it was this one',
    }),
    more: Type.Boolean({ description: 'Earlier runs that were not looked at may have written it too' }),
    source: optional(
      Type.Object(
        {
          channel: Text,
          steps: Type.Array(
            Type.Object(
              {
                step: Text,
                kind: Type.Enum(['map', 'clean']),
                field: Text,
                rules: Type.Array(Rule),
                sources: Type.Array(Text, { description: 'Fields before the step' }),
                complete: Type.Boolean(),
              },
              strict,
            ),
            { description: 'From the table to the source' },
          ),
          fields: Type.Array(Text, { description: 'Of what the channel gives' }),
        },
        strict,
      ),
    ),
    inputs: Type.Array(
      Type.Object(
        {
          table: Text,
          uses: Type.Array(
            Type.Object({ column: Text, uses: Type.Array(Text) }, { ...strict, description: 'Of the value' }),
          ),
          where: Type.Array(Cell, { description: 'What its rows have in common with the row' }),
          columns: Type.Array(Text),
          rows: Type.Array(Type.Array(Type.Unknown()), { description: 'As they are now; at most 10' }),
          count: optional(Type.Integer({ description: 'Absent where its rows are not known' })),
          unknown: optional(Type.String({ description: 'Why its rows are not known' })),
          filtered: Type.Boolean({ description: 'Conditions of the query may leave out some of them' }),
        },
        strict,
      ),
      { description: 'Of a query: the tables that the value is made of' },
    ),
    setAside: Type.Array(ParkedRow, { description: 'Rows of the key that could not be loaded' }),
    unknown: Type.Array(Text, { description: 'What is not known' }),
    masked: Type.Boolean(),
  },
  strict,
)
export type WhyRow = Static<typeof WhyRow>
export type Writer = Static<typeof Writer>
