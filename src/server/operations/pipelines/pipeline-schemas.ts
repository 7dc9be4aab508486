import { type Static, Type } from 'typebox'

/** The shapes in which pipelines are told. Times are milliseconds since 1970 UTC. */
const strict = { additionalProperties: false } as const
const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Time = Type.Integer({ description: 'Milliseconds since 1970 UTC' })
const Name = Type.String({ minLength: 1, maxLength: 200 })
const by = Type.String({ minLength: 1, maxLength: 200, description: 'Who asks for it' })
const why = Type.String({ minLength: 1, maxLength: 2000, description: 'The reason, which is recorded' })

export const RunStatus = Type.Enum(['running', 'failed', 'published', 'cancelled'])
const Trigger = Type.Enum(['schedule', 'person', 'backfill', 'repair'])

const Failure = Type.Object({ table: Type.Optional(Text), code: Text, reason: Text }, strict)

const rowCounts = {
  read: Count,
  filtered: Count,
  parked: Type.Integer({ minimum: 0, description: 'Set aside for a person' }),
  superseded: Type.Integer({
    minimum: 0,
    description: 'Of several rows of one key, those that did not count',
  }),
  written: Type.Integer({ minimum: 0, description: 'read = filtered + parked + superseded + written' }),
}

export const Run = Type.Object(
  {
    pipeline: Text,
    key: Type.String({ description: 'The end of its period; of a repair, with a suffix' }),
    status: RunStatus,
    attempt: Type.Integer({ minimum: 1 }),
    trigger: Trigger,
    date: Type.String({ description: 'The day that it is for, in the zone of the schedule' }),
    from: Time,
    until: Time,
    began: Time,
    changed: Time,
    ...rowCounts,
    published: Type.Integer({ minimum: 0, description: 'Rows inserted, updated or deleted by publication' }),
    broken: Type.Integer({ minimum: 0, description: 'Checks that did not hold' }),
    waitsFor: Type.Optional(Type.String({ description: 'The pipeline that has to publish first' })),
    failure: Type.Optional(Failure),
  },
  strict,
)
export type Run = Static<typeof Run>

const Task = Type.Object(
  {
    table: Text,
    kind: Type.Enum(['rows', 'query']),
    load: Type.Enum(['append', 'replace', 'upsert', 'partition', 'history']),
    reads: Type.Array(Text, { description: 'Tables of the same run that it reads; of rows, the channel' }),
    status: Type.Enum(['waiting', 'running', 'retrying', 'loaded', 'failed', 'left out']),
    tries: Count,
    began: Type.Optional(Time),
    ms: Type.Optional(Type.Integer({ description: 'That it took' })),
    due: Type.Optional(Type.Integer({ description: 'When it is tried again' })),
    rows: Type.Optional(Type.Integer({ description: 'Read so far' })),
    rate: Type.Optional(Type.Number({ description: 'Rows a second' })),
    expected: Type.Optional(Type.Integer({ description: 'Rows that the last published run read' })),
    read: Type.Optional(Count),
    filtered: Type.Optional(Count),
    parked: Type.Optional(Count),
    superseded: Type.Optional(Count),
    written: Type.Optional(Count),
    inserted: Type.Optional(Count),
    updated: Type.Optional(Count),
    deleted: Type.Optional(Count),
    unchanged: Type.Optional(Count),
    reason: Type.Optional(Text),
  },
  strict,
)

const Check = Type.Object(
  {
    table: Text,
    check: Text,
    severity: Type.Enum(['stop', 'warn']),
    ok: Type.Boolean(),
    found: Text,
    examples: Type.Array(Type.Unknown()),
  },
  strict,
)

export const RunDetail = Type.Object(
  {
    run: Run,
    by: Type.Optional(Text),
    why: Type.Optional(Text),
    repairs: Type.Optional(Type.Object({ table: Text, run: Text }, strict)),
    tasks: Type.Array(Task),
    checks: Type.Array(Check),
  },
  strict,
)
export type RunDetail = Static<typeof RunDetail>
export type RunTask = RunDetail['tasks'][number]

export const PipelineView = Type.Object(
  {
    pipeline: Text,
    warehouse: Text,
    schedule: Type.Optional(Type.String({ description: 'In words: 0 2 * * * Asia/Shanghai' })),
    after: Type.Array(Text),
    tables: Type.Array(Text),
    next: Type.Optional(Type.Integer({ description: 'When a run is due next' })),
    last: Type.Optional(Run),
    lastPublished: Type.Optional(Run),
    running: Type.Array(Run),
    failed: Type.Array(Run),
  },
  strict,
)
export type PipelineView = Static<typeof PipelineView>
export const PipelineList = Type.Object({ pipelines: Type.Array(PipelineView) }, strict)
export type PipelineList = Static<typeof PipelineList>

export const PipelinePath = Type.Object({ pipeline: Name }, strict)
export const RunPath = Type.Object({ pipeline: Name, key: Name }, strict)

export const RunsQuery = Type.Object(
  {
    from: Type.Optional(Time),
    until: Type.Optional(Time),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, description: '50 if absent' })),
  },
  strict,
)
export type RunsQuery = Static<typeof RunsQuery>
export const RunPage = Type.Object({ runs: Type.Array(Run) }, strict)
export type RunPage = Static<typeof RunPage>

export const RunOrder = Type.Object(
  {
    until: Type.Optional(
      Type.Integer({ description: 'The planned time that ends the period; the last one if absent' }),
    ),
    everything: Type.Optional(
      Type.Literal(true, { description: 'Reads everything, whatever was read before' }),
    ),
    by,
    why,
  },
  strict,
)
export type RunOrder = Static<typeof RunOrder>

export const BackfillOrder = Type.Object(
  {
    from: Time,
    until: Time,
    parallel: Type.Optional(Type.Integer({ minimum: 1, maximum: 32, description: '1 if absent' })),
    by,
    why,
  },
  strict,
)
export type BackfillOrder = Static<typeof BackfillOrder>

export const RunDecision = Type.Object(
  {
    do: Type.Enum(['resume', 'cancel', 'repair']),
    table: Type.Optional(
      Type.String({ description: 'Of a repair: whose rows that were set aside are loaded' }),
    ),
    by,
    why,
  },
  strict,
)
export type RunDecision = Static<typeof RunDecision>

export const Ordered = Type.Object(
  { key: Type.String({ description: 'Of the run, or of the backfill' }) },
  strict,
)
export type Ordered = Static<typeof Ordered>

const RowState = Type.Enum(['parked', 'fixed', 'repairing', 'repaired', 'discarded'])

export const ParkedRow = Type.Object(
  {
    id: Text,
    table: Text,
    run: Text,
    row: Type.Integer({ description: 'Its place among the rows that the task read' }),
    step: Text,
    code: Text,
    reason: Text,
    state: RowState,
    data: Type.Optional(Type.Unknown({ description: 'As the system gave it; masked where it is personal' })),
    fixed: Type.Optional(Type.Unknown({ description: 'As a person has mended it' })),
    masked: Type.Boolean({ description: 'Some of it is personal, and not shown' }),
    changedBy: Type.Optional(Text),
    changedAt: Type.Optional(Time),
  },
  strict,
)

export const RowsQuery = Type.Object(
  {
    id: Type.Optional(Type.String({ description: 'This one alone' })),
    code: Type.Optional(Text),
    step: Type.Optional(Text),
    table: Type.Optional(Text),
    run: Type.Optional(Text),
    state: Type.Optional(RowState),
    after: Type.Optional(Type.String({ description: 'Behind this id' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: '50 if absent' })),
    showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })),
  },
  strict,
)
export type RowsQuery = Static<typeof RowsQuery>
export const RowPage = Type.Object(
  {
    rows: Type.Array(ParkedRow),
    counts: Type.Array(
      Type.Object(
        { table: Text, code: Text, reason: Text, step: Text, state: RowState, rows: Count },
        strict,
      ),
      { description: 'Of all that fit the query, by cause' },
    ),
  },
  strict,
)
export type RowPage = Static<typeof RowPage>

export const RowDecision = Type.Object(
  {
    do: Type.Enum(['fix', 'discard', 'restore']),
    ids: Type.Array(Text, { minItems: 1, maxItems: 1000 }),
    data: Type.Optional(
      Type.Unknown({ description: 'Of a fix: the row as it should have come; one id only' }),
    ),
    by,
    why,
  },
  strict,
)
export type RowDecision = Static<typeof RowDecision>
export const RowsDecided = Type.Object({ done: Count }, strict)
export type RowsDecided = Static<typeof RowsDecided>
