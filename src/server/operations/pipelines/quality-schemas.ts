import { type Static, Type } from 'typebox'
import { RunStatus } from './pipeline-schemas.ts'

/** The shapes in which the quality of data is told. Times are milliseconds since 1970 UTC. */
const strict = { additionalProperties: false } as const
const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Time = Type.Integer({ description: 'Milliseconds since 1970 UTC' })

export const RecordQuery = Type.Object(
  {
    runs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 60, description: 'Of so many runs; 20 if absent' }),
    ),
  },
  strict,
)
export type RecordQuery = Static<typeof RecordQuery>

export const QualityRecord = Type.Object(
  {
    runs: Type.Array(Type.Object({ key: Text, status: RunStatus, until: Time }, strict), {
      description: 'The newest first; repairs are not among them',
    }),
    tables: Type.Array(
      Type.Object(
        {
          table: Text,
          rows: Type.Array(Type.Object({ run: Text, read: Count, parked: Count }, strict), {
            description: 'Of runs that read it from a system',
          }),
        },
        strict,
      ),
    ),
    checks: Type.Array(
      Type.Object(
        {
          table: Text,
          check: Text,
          severity: Type.Enum(['stop', 'warn']),
          results: Type.Array(Type.Object({ run: Text, ok: Type.Boolean(), found: Text }, strict), {
            description: 'Of the runs that came so far; in the others it was not checked',
          }),
        },
        strict,
      ),
    ),
  },
  strict,
)
export type QualityRecord = Static<typeof QualityRecord>

export const WatchedChannel = Type.Object(
  {
    channel: Text,
    system: Text,
    sample: Type.Integer({ minimum: 1, description: 'Messages that are compared together' }),
    taken: Type.Integer({ minimum: 0, description: 'Messages of the sample under way' }),
    comparedAt: Type.Optional(Time),
    findings: Type.Optional(
      Type.Array(
        Type.Object(
          {
            field: Text,
            kind: Text,
            severity: Type.Enum(['critical', 'warning', 'info']),
            reason: Text,
            flows: Type.Array(Text, { description: 'That read the field' }),
          },
          strict,
        ),
        { description: 'Of the last whole sample; absent before the first' },
      ),
    ),
  },
  strict,
)
export type WatchedChannel = Static<typeof WatchedChannel>
export const WatchedChannels = Type.Object({ channels: Type.Array(WatchedChannel) }, strict)
