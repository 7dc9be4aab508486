import { type Static, Type } from 'typebox'

/** The shapes that commands, control API and OpenAPI share. Times are milliseconds since 1970 UTC. */
export const strict = { additionalProperties: false } as const
export const Time = Type.Integer({ description: 'Milliseconds since 1970 UTC' })
const Count = Type.Integer({ minimum: 0 })
export const Text = Type.String()
export const Flow = Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'Name of a flow' })
export const Seq = Type.Integer({ minimum: 1, description: 'Number of the message in its flow' })
/** Anything that JSON can say. */
const Data = Type.Unknown()

const FlowStatus = Type.Object(
  {
    flow: Flow,
    accepted: Count,
    ended: Type.Integer({ minimum: 0, description: 'Delivered, filtered or discarded' }),
    waiting: Type.Integer({ minimum: 0, description: 'Not begun, or running for the first time' }),
    retrying: Count,
    held: Type.Integer({ minimum: 0, description: 'Waiting for an earlier message of the same key' }),
    parked: Count,
    inDoubt: Count,
    oldestWaiting: Type.Optional(Time),
    catchingUp: Type.Optional(
      Type.Boolean({
        description:
          'After a crash, messages that had ended count as waiting until the flow has passed them once more.',
      }),
    ),
    paused: Type.Optional(Type.String({ description: 'Why the flow waits as a whole' })),
    sourceFailed: Type.Optional(
      Type.String({ description: 'Why its source delivers nothing; it is tried again' }),
    ),
    perSecond: Type.Optional(
      Type.Object(
        { accepted: Type.Number(), ended: Type.Number() },
        { ...strict, description: 'Over 10 seconds' },
      ),
    ),
    sinceStart: Type.Optional(
      Type.Object({ accepted: Count, delivered: Count, filtered: Count, discarded: Count }, strict),
    ),
  },
  strict,
)

const SagaCounts = Type.Object(
  {
    saga: Text,
    running: Count,
    waiting: Count,
    compensating: Count,
    paused: Count,
    needsPerson: Count,
    sinceStart: Type.Optional(
      Type.Object(
        { completed: Count, compensated: Count },
        { ...strict, description: 'Ended since the process began' },
      ),
    ),
  },
  strict,
)

export const SourceDecision = Type.Object(
  { by: Type.String({ minLength: 1, description: 'Who decides' }), why: Type.Optional(Text) },
  strict,
)
export type SourceDecision = Static<typeof SourceDecision>
export const SourcePath = Type.Object({ source: Type.String({ description: 'SYSTEM.CHANNEL' }) }, strict)

export const ProjectionPath = Type.Object({ projection: Text }, strict)
export const Rebuilt = Type.Object({ rows: Type.Integer({ description: 'How many there are now' }) })
export type Rebuilt = Static<typeof Rebuilt>

export const Status = Type.Object(
  {
    landscape: Type.Optional(Text),
    store: Text,
    instance: Type.Optional(
      Type.Object(
        {
          pid: Type.Integer(),
          version: Text,
          startedAt: Time,
          intake: Type.String({ description: 'Address at which messages are accepted' }),
          ready: Type.Boolean(),
          closed: Type.Optional(Type.String({ description: 'Why nothing is accepted for now' })),
        },
        { ...strict, description: 'There while it runs' },
      ),
    ),
    flows: Type.Array(FlowStatus),
    systems: Type.Array(
      Type.Object(
        {
          system: Text,
          kind: Text,
          connector: Text,
          unreachable: Type.Optional(Type.String({ description: 'Why it is not called for now' })),
          waiting: Type.Integer({ description: 'Messages and requests that wait until it may be called' }),
        },
        strict,
      ),
    ),
    drift: Type.Optional(
      Type.Array(Type.Object({ source: Text, critical: Count, warning: Count, info: Count }, strict), {
        description: 'Sources whose data are not like their profile; known while it runs',
      }),
    ),
    sagas: Type.Array(SagaCounts),
    heldSagas: Type.Optional(
      Type.Integer({ description: 'Sagas that go no further with this landscape; known while it runs' }),
    ),
    transactions: Type.Object(
      {
        open: Count,
        inDoubt: Type.Integer({ minimum: 0, description: 'Open for longer than they take, or mixed' }),
        mixed: Count,
        oldest: Type.Optional(Time),
      },
      strict,
    ),
  },
  strict,
)
export type Status = Static<typeof Status>

const FlowBalance = Type.Object(
  {
    flow: Flow,
    accepted: Count,
    delivered: Count,
    filtered: Type.Integer({ minimum: 0, description: 'Those that a person discarded are among them' }),
    discarded: Count,
    parked: Count,
    inFlight: Type.Integer({
      minimum: 0,
      description: 'Accepted and not ended; those in doubt are among them',
    }),
    inDoubt: Count,
    broken: Type.Array(Type.Object({ seq: Type.Integer(), key: Type.Optional(Text), reason: Text }, strict), {
      description: 'Messages that break the balance; at most 100',
    }),
  },
  strict,
)
const SagaBalance = Type.Object(
  {
    saga: Text,
    started: Count,
    completed: Count,
    compensated: Count,
    inFlight: Count,
    needsPerson: Count,
  },
  strict,
)
const TransactionBalance = Type.Object(
  {
    begun: Count,
    committed: Count,
    rolledBack: Count,
    open: Count,
    mixed: Type.Integer({ minimum: 0, description: 'Those with which somebody has dealt are among them' }),
  },
  strict,
)
const StreamBalance = Type.Object(
  {
    streams: Count,
    events: Count,
    sagas: Type.Array(SagaBalance),
    transactions: TransactionBalance,
    broken: Type.Array(Type.Object({ kind: Text, key: Text, reason: Text }, strict)),
  },
  { ...strict, description: 'Of all streams; absent if one flow only was asked for' },
)
export const Balance = Type.Object(
  {
    balanced: Type.Boolean(),
    flows: Type.Array(FlowBalance),
    streams: Type.Optional(StreamBalance),
  },
  strict,
)
export type Balance = Static<typeof Balance>

const Failure = Type.Object(
  {
    code: Text,
    reason: Text,
    step: Type.Optional(Text),
    times: Type.Optional(Type.Integer({ description: 'How often in a row the step has failed so' })),
    status: Type.Optional(
      Type.Integer({ description: 'With which the target answered, where it speaks HTTP' }),
    ),
  },
  strict,
)
const PastDecision = Type.Object({ do: Text, by: Text, why: Type.Optional(Text), at: Time }, strict)

const Call = Type.Object(
  {
    channel: Text,
    effectKey: Text,
    request: Type.Optional(Data),
    state: Type.Enum(['done', 'doubt', 'failed', 'open']),
    answer: Type.Optional(Data),
  },
  strict,
)
export const Warnings = Type.Array(Type.Object({ rule: Text, reason: Text }, strict), {
  description: 'Rules that the data broke, and went on',
})
export const Hop = Type.Object(
  {
    step: Type.String({ description: 'Path of the step, such as `lines[3].stock`' }),
    kind: Text,
    before: Type.Optional(Data),
    after: Type.Optional(Data),
    hiddenChange: Type.Optional(Type.Boolean({ description: 'It changed nothing but what is masked' })),
    warnings: Type.Optional(Warnings),
    error: Type.Optional(Text),
    call: Type.Optional(Call),
  },
  strict,
)

const State = Type.Enum([
  'delivered',
  'filtered',
  'discarded',
  'parked',
  'doubt',
  'retrying',
  'held',
  'running',
  'waiting',
])

const Edit = Type.Object({ by: Text, at: Time, why: Type.Optional(Text), data: Type.Optional(Data) }, strict)
/** The chain of edits; the data of the last one are those of the first hop. */
const Edited = Type.Object(
  {
    by: Text,
    at: Time,
    why: Type.Optional(Text),
    original: Type.Optional(Type.Unknown({ description: 'What its source delivered' })),
    earlier: Type.Array(Edit),
  },
  strict,
)

/** A message with everything that happened to it. */
export const TracedMessage = Type.Object(
  {
    flow: Flow,
    seq: Seq,
    key: Text,
    id: Text,
    source: Text,
    type: Text,
    time: Time,
    acceptedAt: Time,
    subject: Type.Optional(Text),
    cause: Type.Optional(Type.String({ description: 'Id of the message that led to it' })),
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
    state: State,
    attempts: Count,
    crashes: Count,
    endedAt: Type.Optional(Time),
    due: Type.Optional(Type.Integer({ description: 'Time of the next attempt' })),
    error: Type.Optional(Failure),
    note: Type.Optional(Text),
    decisions: Type.Array(PastDecision),
    version: Type.Optional(Type.String({ description: 'Of a message set aside; to be given with an edit' })),
    edited: Type.Optional(Edited),
    body: Type.Object(
      {
        bytes: Count,
        sha256: Text,
        text: Type.Optional(Type.String({ description: 'Its beginning, where it cannot be decoded' })),
      },
      strict,
    ),
    masked: Type.Boolean({ description: 'Personal data were replaced by ***' }),
    hops: Type.Array(Hop),
  },
  strict,
)
export type TracedMessage = Static<typeof TracedMessage>

export const MessageQuery = Type.Object(
  {
    key: Type.Optional(Type.String({ description: 'Business key' })),
    id: Type.Optional(Type.String({ description: 'Id of the message' })),
    showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  strict,
)

const MessageRef = Type.Object({ flow: Flow, seq: Seq }, strict)
export type MessageRef = Static<typeof MessageRef>

const filters = {
  flow: Type.Optional(Flow),
  status: Type.Optional(Type.Enum(['parked', 'doubt', 'all'])),
  code: Type.Optional(Text),
  step: Type.Optional(Type.String({ description: 'Id or path of the step at which it stopped' })),
  key: Type.Optional(Text),
  before: Type.Optional(Type.Integer({ description: 'Begun before this time' })),
}
/** Which messages set aside: all whose every given part fits. */
export const ParkedFilter = Type.Object(filters, strict)
export type ParkedFilter = Static<typeof ParkedFilter>

const page = {
  after: Type.Optional(Type.String({ description: '`flow/seq`, the last message of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
}
export const ParkedQuery = Type.Object(
  { ...filters, ...page, showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })) },
  strict,
)
export type ParkedQuery = Static<typeof ParkedQuery>

export const ParkedPage = Type.Object(
  {
    messages: Type.Array(
      Type.Object(
        {
          flow: Flow,
          seq: Seq,
          key: Text,
          status: Type.Enum(['parked', 'doubt']),
          code: Text,
          reason: Text,
          step: Type.Optional(Text),
          attempts: Count,
          since: Time,
        },
        strict,
      ),
    ),
    next: Type.Optional(Type.String({ description: '`after` of the next page; absent on the last one' })),
  },
  strict,
)
export type ParkedPage = Static<typeof ParkedPage>

const decision = {
  by: Type.String({ minLength: 1, maxLength: 200, description: 'Who decides' }),
  why: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2000, description: 'The reason; a discard needs one' }),
  ),
}
/** What a person decides about one message. */
export const SingleDecision = Type.Object(
  {
    do: Type.Enum(['retry', 'edit', 'confirm', 'discard']),
    ...decision,
    data: Type.Optional(Type.Unknown({ description: 'With edit, and only there: the data to run with' })),
    version: Type.Optional(
      Type.String({ description: 'Of the message as it was seen: refused if it has changed since' }),
    ),
  },
  strict,
)
export type SingleDecision = Static<typeof SingleDecision>

/** One decision for many messages, at most 1000 at a time: `next` goes on where it ended. */
export const BulkDecision = Type.Object(
  {
    decision: Type.Object({ do: Type.Enum(['retry', 'confirm', 'discard']), ...decision }, strict),
    filter: ParkedFilter,
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count' })),
    ...page,
  },
  strict,
)
export type BulkDecision = Static<typeof BulkDecision>

export const DecisionReport = Type.Object(
  {
    done: Type.Integer({ minimum: 0, description: 'Decided, or in a dry run: would be' }),
    refused: Type.Array(Type.Object({ flow: Flow, seq: Seq, reason: Text }, strict)),
    next: Type.Optional(Text),
  },
  strict,
)
export type DecisionReport = Static<typeof DecisionReport>

export const MessageList = Type.Object({ messages: Type.Array(TracedMessage) }, strict)
export const FlowStatuses = Type.Object({ flows: Type.Array(FlowStatus) }, strict)

/** The landscape: systems, flows with their steps, sagas with their stages, transactions, and a Mermaid drawing. */
export const Graph = Type.Object(
  {
    landscape: Text,
    systems: Type.Array(Type.Object({ system: Text, kind: Text, connector: Text }, strict)),
    flows: Type.Array(
      Type.Object(
        {
          flow: Flow,
          at: Type.Optional(Text),
          from: Type.Object({ channel: Text, model: Text }, strict),
          afterPark: Text,
          steps: Type.Array(Type.Object({ step: Text, kind: Text })),
        },
        strict,
      ),
    ),
    sagas: Type.Array(
      Type.Object(
        {
          saga: Text,
          version: Type.Integer(),
          at: Type.Optional(Text),
          model: Text,
          stages: Type.Array(Type.Object({ stage: Text, kind: Text })),
        },
        strict,
      ),
    ),
    transactions: Type.Array(
      Type.Object(
        {
          transaction: Text,
          at: Type.Optional(Text),
          model: Text,
          within: Type.Integer({ description: 'Milliseconds until it is decided at the latest' }),
          writes: Type.Array(Type.Object({ channel: Text, model: Text }, strict)),
        },
        strict,
      ),
    ),
    mermaid: Text,
  },
  strict,
)

export const MessagePath = Type.Object({ flow: Flow, seq: Seq }, strict)
export const MessageOptions = Type.Object(
  { showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })) },
  strict,
)
export const BalanceQuery = Type.Object({ flow: Type.Optional(Flow) }, strict)

/** Source: RFC 9457. */
export const Problem = Type.Object(
  {
    type: Text,
    title: Text,
    status: Type.Integer(),
    code: Text,
    detail: Text,
    reference: Type.String({ description: 'Found again in the log of the instance' }),
  },
  strict,
)
