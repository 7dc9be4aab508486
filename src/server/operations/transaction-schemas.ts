import { type Static, Type } from 'typebox'

/** The shapes in which transactions are told that are not over. Times are milliseconds since 1970 UTC. */
const strict = { additionalProperties: false } as const
const Text = Type.String()
const Time = Type.Integer({ description: 'Milliseconds since 1970 UTC' })

const Branch = Type.Object(
  {
    system: Text,
    id: Text,
    logged: Type.Enum(['begun', 'promised', 'read only', 'committed', 'rolled back', 'not logged']),
    database: Type.Enum(['promised', 'not promised', 'not asked'], {
      description: 'What the database says; a promised branch holds its locks',
    }),
    since: Type.Optional(Type.Integer({ description: 'Promised since, where the database tells it' })),
    reason: Type.Optional(Type.String({ description: 'Why the database was not asked' })),
  },
  strict,
)

export const InDoubt = Type.Object(
  {
    gid: Text,
    transaction: Text,
    state: Type.Enum(['begun', 'committing', 'rolling back', 'mixed', 'unexplained'], {
      description: 'unexplained: no log knows it, and a person has to end it',
    }),
    began: Type.Optional(Time),
    decision: Type.Optional(Text),
    reason: Type.Optional(Text),
    needsPerson: Type.Boolean(),
    branches: Type.Array(Branch),
    next: Type.Array(
      Type.Object(
        { do: Type.Enum(['commit', 'rollback', 'acknowledge']), command: Text, what: Text },
        strict,
      ),
      {
        description: 'What a person can do now',
      },
    ),
  },
  strict,
)
export type InDoubt = Static<typeof InDoubt>

export const InDoubtList = Type.Object(
  {
    transactions: Type.Array(InDoubt),
    unasked: Type.Array(Type.Object({ system: Text, reason: Text }, strict), {
      description: 'Databases that could not be asked: more may stand there',
    }),
  },
  strict,
)
export type InDoubtList = Static<typeof InDoubtList>

export const InDoubtPath = Type.Object({ gid: Type.String({ minLength: 1 }) }, strict)
export const InDoubtQuery = Type.Object({ gid: Type.Optional(Text) }, strict)

export const InDoubtDecision = Type.Object(
  {
    do: Type.Enum(['commit', 'rollback', 'acknowledge']),
    by: Type.String({ minLength: 1, maxLength: 200, description: 'Who decides' }),
    why: Type.String({ minLength: 1, maxLength: 2000, description: 'The reason, which is recorded' }),
  },
  strict,
)
export type InDoubtDecision = Static<typeof InDoubtDecision>

export const InDoubtResolved = Type.Object({ done: Type.Integer({ description: 'Branches ended' }) }, strict)
export type InDoubtResolved = Static<typeof InDoubtResolved>
