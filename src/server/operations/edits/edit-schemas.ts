import { type Static, Type } from 'typebox'
import { Hop, strict, Text } from '../schemas.ts'

export const EditQuestion = Type.Object(
  {
    data: Type.Unknown({ description: 'The data to run with' }),
    version: Type.Optional(Type.String({ description: 'Of the message as it was seen' })),
    showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })),
  },
  strict,
)
export type EditQuestion = Static<typeof EditQuestion>

const Effect = Type.Object(
  {
    path: Text,
    channel: Text,
    change: Type.Enum(['same', 'changed', 'added', 'dropped']),
    key: Type.Enum(['done', 'kept', 'new'], {
      description:
        '`done`: it has happened and is not sent; `kept`: under the same key as before; `new`: another one',
    }),
    before: Type.Optional(Type.Unknown({ description: 'What would be sent with the data as they are' })),
    request: Type.Optional(Type.Unknown({ description: 'What would be sent with the new ones' })),
  },
  strict,
)

/** What an edit would come to; nothing was called and nothing changed. */
export const TriedEdit = Type.Object(
  {
    version: Type.String({ description: 'To be given with the edit' }),
    stale: Type.Boolean({ description: 'It has changed since the version that was given' }),
    problems: Type.Array(Type.Object({ path: Text, problem: Text }, strict), {
      description: 'Where the data do not fit the model of the source',
    }),
    refused: Type.Optional(Type.String({ description: 'Why these data cannot be put in' })),
    end: Type.Optional(
      Type.String({ description: '`delivered`, `filtered: STEP`, or where it stops, and why' }),
    ),
    hops: Type.Array(Hop),
    before: Type.Array(Hop, { description: 'The hops with the data as they are' }),
    effects: Type.Array(Effect),
    masked: Type.Boolean({ description: 'Personal data were replaced by ***' }),
  },
  strict,
)
export type TriedEdit = Static<typeof TriedEdit>
