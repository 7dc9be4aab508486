import { type Static, Type } from 'typebox'
import { WhyRow } from '../pipelines/why/schemas.ts'
import { Flow, Seq, strict, Text, Time, TracedMessage, Warnings } from '../schemas.ts'

/** The shapes of searching for messages and of following one. Durations are milliseconds. */
const optional = Type.Optional
const Count = Type.Integer({ minimum: 0 })
const showPii = optional(
  Type.Boolean({ description: 'Do not mask personal data; needs the permission for it' }),
)

/** `failed`: parked or in doubt; `under way`: it waits, runs, is held or tried again; `ended` as it should, or `discarded`. */
export const Outcome = Type.Enum(['ended', 'discarded', 'under way', 'failed'])
export type Outcome = Static<typeof Outcome>

export const SearchQuery = Type.Object(
  {
    q: Type.String({
      minLength: 1,
      maxLength: 12_000,
      description:
        'A business key or its beginning; or several keys, at most 200, one a line or with commas, semicolons or tabs ' +
        'between them',
    }),
    flow: optional(Flow),
    state: optional(Outcome),
    limit: optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Keys; 50 if absent' })),
    after: optional(Type.String({ description: '`next` of the page before' })),
    showPii,
  },
  strict,
)
export type SearchQuery = Static<typeof SearchQuery>

const Found = Type.Object(
  {
    key: Type.String({ description: '`***` where it is personal' }),
    message: Type.String({
      description: '`flow/seq` of its newest message: opens it also where the key is masked',
    }),
    messages: Type.Integer({ minimum: 1, description: 'So many were found of it' }),
    flows: Type.Array(Flow),
    systems: Type.Array(Text, { description: 'Islands on its way, in the order in which it came there' }),
    state: Outcome,
    stoppedAt: optional(
      Type.Object({ flow: Flow, code: Text, step: optional(Text), attempts: Count }, strict),
    ),
    first: Time,
    last: Type.Integer({ description: 'When it ended or, under way, was accepted last' }),
    duration: Type.Integer({ description: 'From the first to the last' }),
  },
  strict,
)
export const SearchAnswer = Type.Object(
  {
    kind: Type.Enum(['key', 'prefix', 'list'], { description: 'As what the question was understood' }),
    found: Type.Array(Found, { description: 'The newest first' }),
    missing: Type.Array(Text, { description: 'Of a list: keys of which nothing was found' }),
    nearest: Type.Array(Text, { description: 'Where nothing was found: keys that begin alike' }),
    searched: Type.Object(
      {
        flows: Type.Array(Flow),
        systems: Count,
        messages: Count,
        from: optional(
          Type.Integer({ description: 'The oldest message that is kept: what is older, is not found' }),
        ),
        complete: Type.Boolean({ description: 'Nothing that is kept was left out' }),
        unsearched: Type.Integer({ minimum: 0, description: 'The newest messages that are not indexed yet' }),
      },
      strict,
    ),
    next: optional(Text),
  },
  strict,
)
export type SearchAnswer = Static<typeof SearchAnswer>

export const TraceQuery = Type.Object(
  {
    key: optional(Text),
    message: optional(Type.String({ description: '`flow/seq` of one message of the key' })),
    limit: optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Hops; 100 if absent' })),
    before: optional(Type.String({ description: '`older` of the page before' })),
    showPii,
  },
  strict,
)
export type TraceQuery = Static<typeof TraceQuery>

const Failure = Type.Object(
  {
    code: Text,
    reason: Text,
    step: optional(Text),
    times: optional(Type.Integer()),
    status: optional(Type.Integer({ description: 'With which the target answered, where it speaks HTTP' })),
  },
  strict,
)
const TraceHop = Type.Object(
  {
    message: Type.String({ description: '`flow/seq`' }),
    flow: Flow,
    seq: Seq,
    id: Text,
    cause: optional(Type.String({ description: 'Id of the message that led to it' })),
    key: optional(Type.String({ description: 'Where it has another one than the trace' })),
    from: Text,
    to: Type.Array(Text, { description: 'Islands that the flow delivers to' }),
    acceptedAt: Time,
    endedAt: optional(Time),
    ms: optional(Type.Integer({ description: 'From acceptance to its end' })),
    state: TracedMessage.properties.state,
    attempts: Count,
    due: optional(Time),
    error: optional(Failure),
    note: optional(Text),
    decisions: Count,
    replayOf: optional(Type.String({ description: 'The message that it is another run of' })),
    edited: optional(Type.Boolean()),
    version: optional(Type.Integer({ description: 'Of the flow when it was accepted' })),
    bytes: Count,
  },
  strict,
)
export const TraceAnswer = Type.Object(
  {
    key: Text,
    masked: Type.Boolean(),
    state: Outcome,
    stoppedAt: optional(Type.String({ description: 'The hop that stopped: `flow/seq`' })),
    systems: Type.Array(Text),
    first: Time,
    last: Time,
    duration: Type.Integer(),
    hops: Type.Array(TraceHop, { description: 'In order: what led to another stands before it' }),
    expected: Type.Array(Type.Object({ flow: Flow, from: Text, to: Type.Array(Text) }, strict), {
      description: 'Flows that take what the last hops deliver, and that no message of the key has reached',
    }),
    sagas: Type.Array(Type.Object({ saga: Text, key: Text, state: Text }, strict)),
    older: optional(Text),
  },
  strict,
)
export type TraceAnswer = Static<typeof TraceAnswer>

const Payload = Type.Object(
  {
    bytes: Type.Integer({ minimum: 0, description: 'Of its JSON' }),
    data: optional(Type.Unknown()),
    head: optional(Type.String({ description: 'Where it is too large to be shown at once: its beginning' })),
  },
  strict,
)
const Why = Type.Object(
  {
    by: Type.Enum(['clean', 'map', 'enrich', 'aggregate', 'convert', 'validate', 'person', 'none']),
    rules: Type.Array(
      Type.Object(
        {
          name: optional(Type.String({ description: 'Of a cleaner: `trim`, `decimal({ scale: 2 })`' })),
          text: Type.String({ description: 'The function as it is written' }),
          file: optional(Text),
          line: optional(Type.Integer()),
          before: optional(Type.Unknown()),
          after: optional(Type.Unknown()),
        },
        strict,
      ),
      { description: 'The functions that made it, in order; cleaners only where they changed something' },
    ),
    sources: Type.Array(Type.Object({ field: Text, value: optional(Type.Unknown()) }, strict), {
      description: 'Fields before the step that it is made of',
    }),
    complete: Type.Boolean({ description: 'False where not all sources are known' }),
  },
  strict,
)

export const WhyQuery = Type.Object(
  {
    key: Type.String({ minLength: 1, description: 'Business key, id, or `FLOW/NUMBER`' }),
    field: Type.String({ minLength: 1, description: '`price`, `erp.sales.price` or `Sale.v1.price`' }),
    flow: optional(Flow),
    table: optional(
      Type.String({
        minLength: 1,
        description:
          'A table of a warehouse, `sales` or `dw.sales`: KEY is that of a row, or `COLUMN=VALUE,COLUMN=VALUE`, and the field a column',
      }),
    ),
    showPii,
  },
  strict,
)
export type WhyQuery = Static<typeof WhyQuery>

const WhyStep = Type.Object(
  {
    depth: Type.Integer({
      minimum: 0,
      description: 'The value is made of those behind it that are one deeper',
    }),
    how: Type.Enum(
      [
        'sent',
        'made',
        'mapped',
        'cleaned',
        'item',
        'answered',
        'aggregated',
        'edited',
        'delivered',
        'unknown',
      ],
      { description: '`made`: what the flow has of it at its end; `item`: of a list that was split' },
    ),
    field: Text,
    value: optional(Type.Unknown()),
    message: Type.String({ description: '`FLOW/NUMBER`' }),
    step: Text,
    channel: optional(Text),
    rules: Why.properties.rules,
    complete: Why.properties.complete,
    note: optional(Text),
  },
  strict,
)
export type WhyStep = Static<typeof WhyStep>

export const WhyAnswer = Type.Object(
  {
    key: Text,
    field: Text,
    masked: Type.Boolean(),
    steps: Type.Array(WhyStep, {
      description: 'The value, behind it what it is made of, and so on: in depth first',
    }),
    versions: Type.Array(
      Type.Object({ flow: Flow, version: Type.Integer(), hash: Text, since: Time }, strict),
      { description: 'Of the flows on the way, as they were declared when the message was accepted' },
    ),
    recomputed: Type.Boolean({
      description: 'False: a flow has changed since then, and its steps are shown as they are now',
    }),
    row: optional(WhyRow),
  },
  strict,
)
export type WhyAnswer = Static<typeof WhyAnswer>

const FieldChange = Type.Object(
  {
    field: Text,
    kind: Type.Enum(['added', 'removed', 'changed', 'same'], {
      description: '`same`: carried over by a mapping',
    }),
    before: optional(Type.Unknown()),
    after: optional(Type.Unknown()),
    why: Why,
  },
  strict,
)
const HopStep = Type.Object(
  {
    step: Type.String({ description: 'Path of the step, `lines[3].stock`' }),
    kind: Text,
    before: optional(Payload),
    after: optional(Payload),
    changes: Type.Array(FieldChange),
    hiddenChange: optional(Type.Boolean({ description: 'It changed nothing but what is masked' })),
    warnings: optional(Warnings),
    error: optional(Text),
    call: optional(
      Type.Object(
        {
          channel: Text,
          effectKey: Text,
          state: Type.Enum(['done', 'doubt', 'failed', 'open']),
          request: optional(Payload),
          answer: optional(Payload),
        },
        strict,
      ),
    ),
  },
  strict,
)
export type HopStep = Static<typeof HopStep>
export type Payload = Static<typeof Payload>

export const HopQuery = Type.Object(
  {
    after: optional(Type.Integer({ minimum: 0, description: 'Steps to pass over' })),
    limit: optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Steps; 100 if absent' })),
    showPii,
  },
  strict,
)
const { hops: _, ...about } = TracedMessage.properties
export const HopAnswer = Type.Object(
  {
    payload: Type.Enum(['shown', 'masked', 'unreadable', 'purged'], {
      description:
        '`masked`: personal data are `***`; `unreadable`: the landscape cannot decode it; `purged`: retention has ' +
        'removed the message, nothing more is known of it',
    }),
    message: optional(Type.Object(about, strict)),
    replayOf: optional(Text),
    version: optional(Type.Integer({ description: 'Of the flow when it was accepted' })),
    current: optional(
      Type.Integer({ description: 'Of the flow now: with this the steps are shown, whatever it ran with' }),
    ),
    steps: Type.Array(HopStep),
    count: Type.Integer({ minimum: 0, description: 'Steps in all' }),
  },
  strict,
)
export type HopAnswer = Static<typeof HopAnswer>

export const PayloadQuery = Type.Object(
  {
    index: Type.Integer({ minimum: 0, description: 'Place of the step in the hop' }),
    side: Type.Enum(['before', 'after', 'request', 'answer']),
    showPii,
  },
  strict,
)
export const PayloadAnswer = Type.Object({ bytes: Count, data: optional(Type.Unknown()) }, strict)
