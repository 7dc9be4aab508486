import { type Static, Type } from 'typebox'
import { Flow, Seq, strict, Text, Time } from '../schemas.ts'

const Count = Type.Integer({ minimum: 0 })

export const FailureVerdict = Type.Enum(
  ['replay-as-is', 'needs-fix', 'needs-code', 'database-lock', 'may-have-happened', 'look'],
  {
    description:
      'replay-as-is: the system was down; needs-fix: the data; needs-code: the flow or the contract; database-lock: ' +
      'slowly; may-have-happened: verify first; look: nothing is known',
  },
)
export type FailureVerdict = Static<typeof FailureVerdict>

const state = Type.Enum(['parked', 'doubt'])

export const failureFilters = {
  flow: Type.Optional(Flow),
  system: Type.Optional(Type.String({ description: 'That was called when it failed' })),
  code: Type.Optional(Text),
  state: Type.Optional(state),
  from: Type.Optional(Type.Integer({ description: 'Begun at this time or later' })),
  to: Type.Optional(Type.Integer({ description: 'Begun before this time' })),
}
export const FailureQuery = Type.Object(
  {
    by: Type.Optional(Type.Enum(['cause', 'flow'], { description: '`cause` if absent' })),
    ...failureFilters,
    group: Type.Optional(Type.String({ description: 'This group alone' })),
  },
  strict,
)
export type FailureQuery = Static<typeof FailureQuery>

/** Which failures: all whose every given part fits. */
export const FailureFilter = Type.Object(
  { ...failureFilters, group: Type.Optional(Text), key: Type.Optional(Text) },
  strict,
)
export type FailureFilter = Static<typeof FailureFilter>

const Sample = Type.Object({ flow: Flow, seq: Seq, key: Text }, strict)

export const FailureGroup = Type.Object(
  {
    group: Type.String({ description: 'Name of the group; the same as long as its cause is' }),
    flow: Flow,
    system: Type.Optional(Text),
    systemDown: Type.Optional(Type.String({ description: 'Why the system is not called now' })),
    step: Type.Optional(Text),
    code: Text,
    cause: Type.String({ description: 'The reason without what is of one message alone; `*`: all others' }),
    state,
    verdict: FailureVerdict,
    count: Count,
    first: Time,
    last: Time,
    samples: Type.Array(Sample),
    owner: Type.Optional(Text),
    note: Type.Optional(Text),
    notedBy: Type.Optional(Text),
    notedAt: Type.Optional(Time),
  },
  strict,
)
export type FailureGroup = Static<typeof FailureGroup>

const FailingFlow = Type.Object(
  { flow: Flow, count: Count, parked: Count, doubt: Count, groups: Count, first: Time, last: Time },
  strict,
)

export const FailureReport = Type.Object(
  {
    asOf: Type.Integer({ description: 'When it was counted, milliseconds since 1970 UTC' }),
    total: Count,
    oldest: Type.Optional(Time),
    groups: Type.Array(FailureGroup, { description: 'The largest first; with by=cause' }),
    more: Type.Optional(Type.Integer({ description: 'Groups that are not listed' })),
    flows: Type.Array(FailingFlow, { description: 'With by=flow' }),
  },
  strict,
)
export type FailureReport = Static<typeof FailureReport>

export const GroupPath = Type.Object({ group: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, strict)

/** An empty text takes away what was there; what is absent stays as it was. */
export const GroupNote = Type.Object(
  {
    owner: Type.Optional(Type.String({ maxLength: 100 })),
    note: Type.Optional(Type.String({ maxLength: 4000 })),
  },
  strict,
)
export type GroupNote = Static<typeof GroupNote>

export const NotedGroup = Type.Object(
  {
    owner: Type.Optional(Text),
    note: Type.Optional(Text),
    by: Type.Optional(Text),
    at: Type.Optional(Time),
  },
  strict,
)
export type NotedGroup = Static<typeof NotedGroup>
