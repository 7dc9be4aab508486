import { type Static, Type } from 'typebox'
import { failureFilters } from '../failures/failure-schemas.ts'
import { ReplayFilter } from '../replay-schemas.ts'
import { Flow, Seq, strict, Text, Time } from '../schemas.ts'

const Count = Type.Integer({ minimum: 0 })
const Ref = Type.Object({ flow: Flow, seq: Seq }, strict)
const Why = Type.String({ minLength: 1, maxLength: 2000, description: 'The reason, which is recorded' })

/** Which messages are frozen: exactly one of the three. */
export const SelectionOrder = Type.Object(
  {
    failures: Type.Optional(
      Type.Object(
        {
          ...failureFilters,
          key: Type.Optional(Text),
          groups: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 200 })),
        },
        { ...strict, description: 'Messages set aside: all whose every given part fits' },
      ),
    ),
    messages: Type.Optional(
      Type.Array(Ref, { minItems: 1, maxItems: 1000, description: 'Named ones that are set aside' }),
    ),
    ended: Type.Optional(ReplayFilter),
  },
  strict,
)
export type SelectionOrder = Static<typeof SelectionOrder>

const Sample = Type.Object({ flow: Flow, seq: Seq, key: Text }, strict)

export const Selection = Type.Object(
  {
    selection: Text,
    of: Type.Enum(['failures', 'ended']),
    by: Text,
    at: Time,
    expires: Time,
    state: Type.Enum(['frozen', 'used', 'expired']),
    count: Count,
    hash: Type.String({ description: 'SHA-256 of its messages and their versions' }),
    flows: Type.Array(Type.Object({ flow: Flow, count: Count }, strict)),
    sample: Type.Array(Sample),
    doubt: Type.Integer({ description: 'In doubt: they may have happened' }),
    repeatable: Type.Integer({ description: 'Whose run repeats nothing that may not be repeated' }),
    unreadable: Type.Integer({ description: 'Which cannot run as they are: their data cannot be read' }),
    overtaken: Type.Object(
      { count: Count, looked: Count },
      { ...strict, description: 'Later messages of the same key are there; of those that were looked at' },
    ),
  },
  strict,
)
export type Selection = Static<typeof Selection>

export const SelectionPath = Type.Object({ selection: Type.String({ pattern: '^[0-9a-f-]{36}$' }) }, strict)
export const ItemsQuery = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Behind so many' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  strict,
)
export type ItemsQuery = Static<typeof ItemsQuery>

export const itemOutcome = Type.Enum(
  ['delivered', 'filtered', 'discarded', 'parked', 'doubt', 'trying', 'refused', 'changed', 'gone'],
  {
    description:
      'parked, doubt: failed again; trying: goes on by itself; refused: it cannot be; changed: somebody else has ' +
      'decided since it was frozen; gone: it had ended before',
  },
)
export type ItemOutcome = Static<typeof itemOutcome>

const Item = Type.Object(
  {
    n: Type.Integer({ minimum: 1 }),
    flow: Flow,
    seq: Seq,
    key: Text,
    state: Text,
    code: Type.Optional(Text),
    step: Type.Optional(Text),
    attempts: Count,
    since: Type.Optional(Time),
    result: Type.Optional(
      Type.Object(
        { outcome: itemOutcome, code: Type.Optional(Text), ms: Count, seq: Type.Optional(Seq) },
        { ...strict, description: 'What the batch came to with it; `seq`: of the replay' },
      ),
    ),
  },
  strict,
)
export const ItemPage = Type.Object(
  { items: Type.Array(Item), next: Type.Optional(Type.Integer({ description: '`after` of the next page' })) },
  strict,
)
export type ItemPage = Static<typeof ItemPage>
export type Item = Static<typeof Item>

export const BatchOrder = Type.Object(
  {
    selection: Type.String({ description: 'Used once: a second order for it is answered like the first' }),
    do: Type.Enum(['retry', 'replay', 'discard', 'confirm']),
    stages: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        maxItems: 10,
        description: 'How many at first; [1, 10] if absent. Then all others',
      }),
    ),
    rate: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1000, description: 'A second; 50 if absent' }),
    ),
    allowed: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Failures of a stage at which it goes on; 0 if absent' }),
    ),
    effects: Type.Optional(Type.Enum(['kept', 'new'], { description: 'With replay; `kept` if absent' })),
    acceptChanges: Type.Optional(
      Type.Boolean({ description: 'With replay: what comes out differently does not stop it' }),
    ),
    version: Type.Optional(Type.Enum(['live'], { description: 'Which version runs' })),
    by: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Who orders, where the local token asks' }),
    ),
    why: Why,
  },
  strict,
)
export type BatchOrder = Static<typeof BatchOrder>

export const BatchState = Type.Enum(['running', 'waiting', 'paused', 'stopped', 'ended', 'aborted'], {
  description: 'waiting: for a go; stopped: by failures, and waits for a go',
})
export type BatchState = Static<typeof BatchState>

const Stage = Type.Object(
  {
    size: Count,
    done: Count,
    failed: Count,
    skipped: Type.Integer({ description: 'Changed or ended by others' }),
    began: Type.Optional(Time),
    ended: Type.Optional(Time),
  },
  strict,
)

export const Batch = Type.Object(
  {
    batch: Type.String({ description: 'Name of the batch: that of its selection' }),
    do: Type.Enum(['retry', 'replay', 'discard', 'confirm']),
    by: Text,
    why: Text,
    at: Time,
    changed: Time,
    state: BatchState,
    reason: Type.Optional(Type.String({ description: 'Why it stopped, was paused or aborted' })),
    count: Count,
    next: Type.Integer({ description: 'So many have been tried' }),
    stage: Type.Integer({ description: 'The one under way, from 0' }),
    stages: Type.Array(Stage),
    rate: Type.Number(),
    allowed: Count,
    effects: Type.Enum(['kept', 'new']),
    acceptChanges: Type.Boolean(),
    flows: Type.Array(Flow),
  },
  strict,
)
export type Batch = Static<typeof Batch>

export const BatchPath = Type.Object({ batch: Type.String({ pattern: '^[0-9a-f-]{36}$' }) }, strict)
export const BatchList = Type.Object({ batches: Type.Array(Batch) }, strict)
export const BatchDecision = Type.Object(
  {
    do: Type.Enum(['pause', 'go', 'abort']),
    stage: Type.Optional(
      Type.Integer({ description: 'With go: the stage that is meant, so that two who say it begin one' }),
    ),
    by: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Who decides, where the local token asks' }),
    ),
    why: Type.Optional(Why),
  },
  strict,
)
export type BatchDecision = Static<typeof BatchDecision>
