import { type Static, Type } from 'typebox'
import { Flow, Seq, strict, Text, Time } from '../schemas.ts'

/** The shapes of what is asked about systems, flows and models. Durations are milliseconds. */
const Count = Type.Integer({ minimum: 0 })
const Milliseconds = Type.Number({ minimum: 0, description: 'Milliseconds' })
const optional = Type.Optional

export const Condition = Type.Enum(['ok', 'degraded', 'down', 'paused', 'no signal'], {
  description:
    '`down`: a side cannot be reached; `degraded`: it goes, with setbacks in the last 5 minutes, messages that are ' +
    'tried again or in doubt, or one that has waited for more than a minute; `no signal`: the instance does not run',
})
export type Condition = Static<typeof Condition>

const Place = Type.Object({ column: Count, row: Count }, strict)

const Pace = {
  perSecond: Type.Number({ description: 'Messages a second over the last minute' }),
  p50: optional(Milliseconds),
  p95: optional(Milliseconds),
  errors: Type.Integer({ minimum: 0, description: 'Attempts or calls that failed in the last 5 minutes' }),
}

export const Change = Type.Object(
  {
    at: Time,
    kind: Type.Enum([
      'started',
      'version',
      'paused',
      'resumed',
      'unreachable',
      'reachable',
      'source-failed',
      'source-runs',
      'waits',
      'closed',
      'open',
    ]),
    flow: optional(Flow),
    system: optional(Text),
    source: optional(Text),
    version: optional(
      Type.Integer({ description: 'The version of the flow, or of the landscape, that began' }),
    ),
    by: optional(Text),
    why: optional(Text),
  },
  { ...strict, description: 'Something that changed: a mark on the axis of time' },
)

const IslandState = Type.Object(
  {
    island: Type.String({ description: 'Name of the system; of our own, `topics.CHANNEL` and so on' }),
    system: Text,
    label: Text,
    kind: Text,
    connector: Text,
    own: Type.Boolean({ description: 'A topic, saga, transaction, aggregate or schedule of Isthmus itself' }),
    state: Condition,
    since: optional(Time),
    cause: optional(Type.String({ description: 'Why it is not called for now' })),
    waiting: Type.Integer({ minimum: 0, description: 'Messages and requests that wait for their turn' }),
    ...Pace,
    place: Place,
  },
  strict,
)

const Cause = Type.Object(
  { code: Text, reason: Text, step: optional(Text), at: optional(Time) },
  { ...strict, description: 'The last thing that went wrong' },
)

const BridgeState = Type.Object(
  {
    bridge: Text,
    flow: optional(Flow),
    saga: optional(Text),
    transaction: optional(Text),
    from: Text,
    to: Text,
    kind: Type.Enum(['delivers', 'asks', 'copies']),
    state: Condition,
    since: optional(Time),
    cause: optional(Cause),
    backlog: Type.Integer({ minimum: 0, description: 'Accepted and not ended, parked or in doubt' }),
    retrying: Count,
    parked: Count,
    inDoubt: Count,
    oldest: optional(Time),
    ...Pace,
    version: optional(Type.Integer({ description: 'Of the flow' })),
    changed: optional(Change),
  },
  { ...strict, description: 'Figures are those of its flow; of sagas and transactions they are 0' },
)

export const LandscapeState = Type.Object(
  {
    landscape: Text,
    at: Time,
    version: optional(
      Type.Object(
        { number: Type.Integer(), hash: Text, since: Time },
        { ...strict, description: 'While it runs' },
      ),
    ),
    counts: Type.Object(
      { ok: Count, degraded: Count, down: Count, paused: Count, noSignal: Count },
      { ...strict, description: 'Bridges by state' },
    ),
    perSecond: Type.Number(),
    islands: Type.Array(IslandState),
    bridges: Type.Array(BridgeState),
  },
  strict,
)
export type LandscapeState = Static<typeof LandscapeState>

const Point = Type.Object(
  {
    at: Time,
    accepted: Count,
    ended: Count,
    errors: Count,
    p50: optional(Milliseconds),
    p95: optional(Milliseconds),
  },
  strict,
)
export const SeriesQuery = Type.Object(
  {
    flow: optional(Flow),
    system: optional(Text),
    range: optional(Type.Enum(['15m', '24h'], { description: '15m: every 5 seconds; 24h: every 5 minutes' })),
  },
  strict,
)
export const SeriesAnswer = Type.Object(
  {
    step: Type.Integer({ description: 'Milliseconds between points' }),
    since: Type.Integer({
      description: 'Earlier than this nothing is known: the process has no memory of it',
    }),
    points: Type.Array(Point),
    changes: Type.Array(Change),
  },
  strict,
)
export type SeriesAnswer = Static<typeof SeriesAnswer>

export const ChangesQuery = Type.Object(
  { flow: optional(Flow), system: optional(Text), from: optional(Time) },
  strict,
)
export const ChangesAnswer = Type.Object({ changes: Type.Array(Change) }, strict)

export const DescribedCode = Type.Object(
  {
    role: Type.String({
      description:
        '`field` of a mapping, `clean`, `keep`, `request`, `convert`, `items`, `aggregate`, `when`, `rule`',
    }),
    field: optional(Text),
    name: optional(
      Type.String({ description: 'Of a cleaner that stands elsewhere: `trim`, `decimal({ scale: 2 })`' }),
    ),
    text: Type.String({ description: 'The function as it is written' }),
    file: optional(Text),
    line: optional(Type.Integer()),
  },
  strict,
)
export type DescribedCode = Static<typeof DescribedCode>

const DescribedStep = Type.Object(
  {
    step: Text,
    kind: Text,
    depth: Type.Integer({ minimum: 0, description: 'How many splits and routes it stands in' }),
    within: optional(Type.String({ description: 'The split or route it stands in' })),
    branch: optional(Type.String({ description: 'Of the route it stands in' })),
    channel: optional(Text),
    effect: optional(Text),
    model: optional(Text),
    code: Type.Array(DescribedCode),
  },
  strict,
)
export type DescribedStep = Static<typeof DescribedStep>

const Pause = Type.Object(
  { by: Text, why: Text, at: Time, until: optional(Time) },
  { ...strict, description: 'By a person' },
)

const Version = Type.Object(
  { version: Type.Integer({ minimum: 1 }), hash: Text, since: Time, until: optional(Time) },
  strict,
)

export const FlowPath = Type.Object({ flow: Flow }, strict)
export const FlowDetail = Type.Object(
  {
    flow: Flow,
    at: optional(Type.String({ description: '`file:line` of the declaration' })),
    source: Type.Object({ channel: Text, system: Text, model: Text }, strict),
    targets: Type.Array(Type.Object({ channel: Text, system: Text, kind: Text, effect: Text }, strict)),
    key: Type.Object(
      {
        text: optional(Text),
        file: optional(Text),
        line: optional(Type.Integer()),
        afterPark: Text,
        personal: Type.Boolean(),
      },
      { ...strict, description: 'By what messages are kept in order' },
    ),
    steps: Type.Array(DescribedStep, {
      description: 'In the order of the code, with those inside of others',
    }),
    state: Condition,
    since: optional(Time),
    cause: optional(Cause),
    pause: optional(Pause),
    waits: optional(Type.String({ description: 'Why it waits as a whole by itself' })),
    ...Pace,
    version: optional(Type.Integer()),
    versions: Type.Array(Version, {
      description: 'The newest first; of each the steps are asked for one by one',
    }),
    sheet: Type.Object(
      {
        accepted: Count,
        delivered: optional(Count),
        filtered: optional(Count),
        discarded: optional(Count),
        ended: Count,
        waiting: Count,
        retrying: Count,
        held: Count,
        parked: Count,
        inDoubt: Count,
        oldestWaiting: optional(Time),
        missing: Type.Integer({
          description: 'Accepted less all others: 0, but for messages on their way at the moment of counting',
        }),
      },
      { ...strict, description: 'The balance by cheap counts; the proof, message by message, is /balance' },
    ),
    limits: Type.Array(
      Type.Object(
        {
          system: Text,
          quota: optional(Text),
          concurrency: optional(Type.Integer()),
          timeout: Text,
          breaker: Type.Integer({ description: 'Failures in a row after which it is not called' }),
        },
        strict,
      ),
      { description: 'How the calls of the systems on its way are governed' },
    ),
    begunBy: Type.Array(Flow, { description: 'Flows that deliver what this one takes' }),
    leadsTo: Type.Array(Flow, { description: 'Flows that take what this one delivers' }),
    changes: Type.Array(Change, { description: 'The newest first, at most 50' }),
  },
  strict,
)
export type FlowDetail = Static<typeof FlowDetail>

export const FlowVersionPath = Type.Object({ flow: Flow, version: Type.Integer({ minimum: 1 }) }, strict)
export const FlowVersion = Type.Object(
  {
    flow: Flow,
    ...Version.properties,
    text: Type.String({ description: 'Its steps with their functions, line by line' }),
  },
  strict,
)
export type FlowVersion = Static<typeof FlowVersion>

export const PauseOrder = Type.Object(
  {
    by: optional(Type.String({ minLength: 1, maxLength: 200 })),
    why: Type.String({ minLength: 1, maxLength: 2000 }),
    until: optional(Type.Integer({ description: 'It goes on by itself at this time' })),
  },
  strict,
)
export type PauseOrder = Static<typeof PauseOrder>
export const ResumeOrder = Type.Object(
  { by: optional(Type.String({ minLength: 1, maxLength: 200 })), why: optional(Text) },
  strict,
)
export type ResumeOrder = Static<typeof ResumeOrder>
export const PauseAnswer = Type.Object({ flow: Flow, pause: optional(Pause) }, strict)

export const SystemPath = Type.Object({ system: Text }, strict)
export const SystemDetail = Type.Object(
  {
    system: Text,
    kind: Text,
    connector: Text,
    own: Type.Boolean(),
    options: Type.Record(Type.String(), Type.Unknown(), {
      description: 'What the connector says of itself: addresses, no credentials',
    }),
    state: Condition,
    since: optional(Time),
    cause: optional(Text),
    waiting: Count,
    ...Pace,
    limits: Type.Object(
      {
        quota: optional(Text),
        concurrency: optional(Type.Integer()),
        timeout: Text,
        breaker: Type.Object({ failures: Type.Integer(), first: Text, longest: Text }, strict),
      },
      strict,
    ),
    channels: Type.Array(
      Type.Object(
        {
          channel: Text,
          role: Type.Enum(['source', 'sink', 'requester']),
          model: Text,
          effect: optional(Text),
          flows: Type.Array(Flow),
          sagas: Type.Array(Text),
          failed: optional(Type.String({ description: 'Of a source: why it delivers nothing' })),
        },
        strict,
      ),
    ),
    changes: Type.Array(Change),
  },
  strict,
)
export type SystemDetail = Static<typeof SystemDetail>

const FieldRef = Type.Object(
  {
    model: Type.String({ description: '`Name.v1`, or a table: `warehouse.name`' }),
    field: Text,
    place: Type.String({ description: 'The channel, the step of a flow, the table' }),
    personal: Type.Boolean({ description: 'It is personal, or made of a field that is' }),
  },
  strict,
)
const Link = Type.Object(
  {
    flow: Type.String({ description: 'The flow, saga, pipeline, aggregate or projection that makes it' }),
    by: Type.Enum(['flow', 'saga', 'pipeline', 'aggregate', 'projection']),
    step: Text,
    from: FieldRef,
    to: FieldRef,
    complete: Type.Boolean({ description: 'False where the function could not be followed to its end' }),
    direct: Type.Boolean({ description: 'False where it only filters, joins, groups, orders or chooses' }),
    uses: Type.Array(Text, { description: 'As OpenLineage names them: `identity`, `aggregation`, `filter`' }),
    text: optional(Text),
    file: optional(Text),
    line: optional(Type.Integer()),
  },
  { ...strict, description: 'A field is made of another one' },
)
const ModelHead = Type.Object(
  {
    model: Type.String({ description: '`Name.v1`, or a table: `warehouse.name`' }),
    kind: Type.Enum(['model', 'table']),
    name: Text,
    version: Type.Integer({ description: 'Of a table: that of the model of its rows' }),
    key: optional(Text),
    fields: Count,
    personal: Count,
    channels: Type.Array(Type.Object({ channel: Text, role: Text }, strict)),
    flows: Type.Array(Flow),
    pipeline: optional(Type.String({ description: 'That makes the table' })),
  },
  strict,
)
export const ModelList = Type.Object({ models: Type.Array(ModelHead) }, strict)
export type ModelList = Static<typeof ModelList>

export const ModelPath = Type.Object({ model: Text }, strict)
export const ModelDetail = Type.Object(
  {
    ...ModelHead.properties,
    rows: Type.Array(
      Type.Object(
        {
          field: Type.String({ description: 'Dotted; `lines[].qty` inside of lists' }),
          type: Text,
          required: Type.Boolean(),
          personal: Type.Boolean(),
          key: Type.Boolean(),
          rules: Type.Array(Text, { description: 'What the schema demands beside the type: `maxLength 40`' }),
          title: optional(Text),
          upstream: Type.Integer({ minimum: 0, description: 'Fields it is made of, all the way' }),
          downstream: Type.Integer({
            minimum: 0,
            description: 'Fields made of it, all the way: the impact of a change',
          }),
        },
        strict,
      ),
    ),
    others: Type.Array(Text, { description: 'Other versions of the model' }),
    links: Type.Array(Link, { description: 'From and to its fields, one step' }),
  },
  strict,
)
export type ModelDetail = Static<typeof ModelDetail>

export const LineageQuery = Type.Object(
  {
    model: Text,
    field: Text,
    depth: optional(Type.Integer({ minimum: 1, maximum: 20, description: 'Steps each way; 1 if absent' })),
    direction: optional(Type.Enum(['up', 'down', 'both'])),
  },
  strict,
)
export const LineageAnswer = Type.Object(
  {
    up: Type.Array(Link),
    down: Type.Array(Link),
    unknown: Type.Array(Text, {
      description: 'Fields on the way up of which it is not known what they are made of, and why',
    }),
    personal: Type.Boolean(),
    impact: Type.Object({ models: Count, tables: Count, fields: Count, flows: Count }, strict),
  },
  strict,
)
export type LineageAnswer = Static<typeof LineageAnswer>
export type LineageLink = Static<typeof Link>

export { Seq }
