import { type Static, Type } from 'typebox'
import { Flow, Seq, strict, Text, Time } from './schemas.ts'

const filters = {
  flow: Type.Optional(Flow),
  seq: Type.Optional(Type.Integer({ minimum: 1, description: 'With flow: this message alone' })),
  id: Type.Optional(
    Type.String({ description: 'Id of the message; in every flow that has it, or in `flow`' }),
  ),
  key: Type.Optional(Type.String({ description: 'Business key' })),
  from: Type.Optional(Type.Integer({ description: 'Accepted at this time or later' })),
  to: Type.Optional(Type.Integer({ description: 'Accepted before this time' })),
  outcome: Type.Optional(
    Type.Enum(['delivered', 'filtered', 'discarded', 'parked'], {
      description: 'Only what ended so; `parked` has not ended, and is retried',
    }),
  ),
}
/** Which messages run again: all whose every given part fits; at least one must be given. */
export const ReplayFilter = Type.Object(filters, strict)
export type ReplayFilter = Static<typeof ReplayFilter>

const order = {
  filter: ReplayFilter,
  effects: Type.Enum(['kept', 'new'], {
    description:
      '`kept`: effects keep their keys, so that nothing happens twice; `new`: all happen once more',
  }),
  after: Type.Optional(Type.String({ description: '`flow/seq`, the last message of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
}
export const ReplayQuestion = Type.Object(
  { ...order, showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })) },
  strict,
)
export type ReplayQuestion = Static<typeof ReplayQuestion>

export const ReplayOrder = Type.Object(
  {
    ...order,
    by: Type.String({ minLength: 1, maxLength: 200, description: 'Who decides' }),
    why: Type.Optional(
      Type.String({ minLength: 1, maxLength: 2000, description: 'The reason; new effects need one' }),
    ),
    acceptChanges: Type.Optional(
      Type.Boolean({
        description: 'The flow was changed on purpose: what comes out differently does not stop it',
      }),
    ),
    order: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Name of this order: given twice, it is carried out once',
      }),
    ),
  },
  strict,
)
export type ReplayOrder = Static<typeof ReplayOrder>

const Difference = Type.Object(
  { at: Text, was: Type.Optional(Type.Unknown()), now: Type.Optional(Type.Unknown()) },
  strict,
)
const Effect = Type.Object(
  {
    path: Text,
    channel: Text,
    act: Type.Enum(['known', 'same-key', 'probe', 'read', 'first', 'unsure', 'anew']),
    effectKey: Type.Optional(Text),
    request: Type.Optional(Type.Unknown()),
    mayDouble: Type.Boolean(),
  },
  strict,
)

/** What a replay would do with one message. */
const Previewed = Type.Object(
  {
    flow: Flow,
    seq: Seq,
    id: Text,
    key: Text,
    acceptedAt: Time,
    state: Text,
    refused: Type.Optional(Type.String({ description: 'Why it cannot run again' })),
    effects: Type.Array(Effect),
    end: Text,
    differences: Type.Array(Difference, {
      description: 'What does not come out as it did; stops the replay',
    }),
    overtaken: Type.Boolean({ description: 'Later messages of its key are there: it would run behind them' }),
    masked: Type.Boolean({ description: 'Personal data were left out' }),
  },
  strict,
)
export type Previewed = Static<typeof Previewed>

export const ReplayPreview = Type.Object(
  {
    messages: Type.Array(Previewed),
    next: Type.Optional(Type.String({ description: '`after` of the next page; absent on the last one' })),
  },
  strict,
)
export type ReplayPreview = Static<typeof ReplayPreview>

export const ReplayReport = Type.Object(
  {
    done: Type.Array(
      Type.Object(
        {
          flow: Flow,
          seq: Seq,
          id: Type.Optional(Type.String({ description: 'Of the message that runs now' })),
        },
        strict,
      ),
    ),
    refused: Type.Array(Type.Object({ flow: Flow, seq: Seq, reason: Text }, strict)),
    next: Type.Optional(Text),
  },
  strict,
)
export type ReplayReport = Static<typeof ReplayReport>
