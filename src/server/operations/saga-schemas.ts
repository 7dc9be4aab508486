import { type Static, Type } from 'typebox'

/** The shapes in which sagas are told. Times are milliseconds since 1970 UTC. */
const strict = { additionalProperties: false } as const
const Time = Type.Integer({ description: 'Milliseconds since 1970 UTC' })
const Count = Type.Integer({ minimum: 0 })
const Text = Type.String()
const Data = Type.Unknown()
const Name = Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'Name of a saga' })
const Key = Type.String({ minLength: 1, description: 'Correlation key of a saga' })

export const SagaState = Type.Enum([
  'running',
  'waiting',
  'compensating',
  'paused',
  'needs person',
  'completed',
  'compensated',
])
export type SagaState = Static<typeof SagaState>

const Waits = Type.Object(
  { step: Text, for: Text, until: Type.Optional(Time), choices: Type.Optional(Type.Array(Text)) },
  strict,
)
const Need = Type.Object(
  { step: Text, doing: Type.Enum(['do', 'undo']), code: Text, reason: Text, unsure: Type.Boolean() },
  strict,
)

const Hand = Type.Object({ by: Text, why: Text, at: Time }, strict)

const head = {
  saga: Name,
  key: Text,
  state: SagaState,
  began: Time,
  changed: Time,
  held: Type.Optional(Type.String({ description: 'Why it goes no further with this landscape' })),
  turned: Type.Optional(Type.String({ description: 'Why it was, or is being, taken back' })),
  paused: Type.Optional(Type.Unsafe<Static<typeof Hand>>({ ...Hand, description: 'Who has paused it' })),
  person: Type.Optional(Type.Unsafe<Static<typeof Hand>>({ ...Hand, description: 'Who works on it' })),
  waits: Type.Array(Waits, { description: 'What it waits for' }),
  needs: Type.Array(Need, { description: 'Where it needs a person' }),
}

export const SagaPage = Type.Object(
  {
    sagas: Type.Array(Type.Object(head, strict)),
    next: Type.Optional(Type.String({ description: '`after` of the next page; absent on the last one' })),
  },
  strict,
)
export type SagaPage = Static<typeof SagaPage>

export const SagaQuery = Type.Object(
  {
    saga: Type.Optional(Name),
    state: Type.Optional(SagaState),
    key: Type.Optional(Key),
    after: Type.Optional(Type.String({ description: '`saga/key`, the last one of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })),
  },
  strict,
)
export type SagaQuery = Static<typeof SagaQuery>

/** One entry of the saga log. */
const Entry = Type.Object(
  {
    n: Type.Integer({ minimum: 1, description: 'Its place in the log' }),
    at: Time,
    what: Text,
    step: Type.Optional(Text),
    doing: Type.Optional(Type.Enum(['do', 'undo'])),
    attempts: Type.Optional(Count),
    code: Type.Optional(Text),
    reason: Type.Optional(Text),
    unsure: Type.Optional(Type.Boolean({ description: 'It may have happened' })),
    for: Type.Optional(Type.String({ description: 'What it waits for, or locks' })),
    until: Type.Optional(Time),
    delay: Type.Optional(Type.Integer({ description: 'How late a timer was noticed, milliseconds' })),
    how: Type.Optional(Text),
    by: Type.Optional(Type.String({ description: 'Who decided' })),
    why: Type.Optional(Text),
    data: Type.Optional(Data),
  },
  strict,
)

const Effect = Type.Object(
  {
    channel: Text,
    effectKey: Type.Optional(Text),
    request: Type.Optional(Data),
    status: Type.Enum(['open', 'done', 'failed', 'stuck']),
    attempts: Count,
    due: Type.Optional(Type.Integer({ description: 'Time of the next attempt' })),
    error: Type.Optional(Type.Object({ code: Text, reason: Text }, strict)),
  },
  strict,
)

const Step = Type.Object(
  {
    step: Text,
    kind: Type.Optional(Text),
    pivot: Type.Optional(Type.Boolean()),
    known: Type.Enum(['happened', 'taken back', 'did not happen', 'unknown', 'waits', 'open']),
    do: Type.Optional(Effect),
    undo: Type.Optional(Effect),
    result: Type.Optional(Data),
  },
  strict,
)

const Verb = Type.Enum(['decide', 'retry', 'confirm', 'undo', 'pause', 'continue', 'take', 'release'])

const Choice = Type.Object(
  {
    do: Verb,
    step: Type.Optional(Text),
    choice: Type.Optional(Text),
    command: Text,
    what: Text,
  },
  strict,
)

/** A saga with everything that happened, and what is known of each side. */
export const SagaDetail = Type.Object(
  {
    ...head,
    startId: Text,
    cause: Type.String({ description: 'Id of the message that started it' }),
    by: Type.Optional(Type.String({ description: 'Who started it by hand' })),
    version: Type.Integer({ description: 'Of the definition' }),
    parent: Type.Optional(Type.Object({ saga: Text, key: Text, stage: Text }, strict)),
    input: Type.Optional(Data),
    timeline: Type.Array(Entry),
    steps: Type.Array(Step),
    next: Type.Array(Choice, { description: 'What a person can do now' }),
    masked: Type.Boolean({ description: 'Personal data were replaced by ***' }),
  },
  strict,
)
export type SagaDetail = Static<typeof SagaDetail>

export const SagaPath = Type.Object({ saga: Name }, strict)
export const SagaKeyPath = Type.Object({ saga: Name, key: Key }, strict)
export const SagaOptions = Type.Object(
  { showPii: Type.Optional(Type.Boolean({ description: 'Do not mask personal data' })) },
  strict,
)

const By = Type.String({ minLength: 1, maxLength: 200, description: 'Who decides' })
const Why = Type.String({ minLength: 1, maxLength: 2000, description: 'The reason, which is recorded' })

export const SagaStart = Type.Object(
  {
    data: Type.Unknown({ description: 'What the saga starts with' }),
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'The same again is the same saga; made if absent',
      }),
    ),
    by: By,
  },
  strict,
)
export type SagaStart = Static<typeof SagaStart>

export const SagaStarted = Type.Object({ saga: Name, key: Text, id: Text }, strict)
export type SagaStarted = Static<typeof SagaStarted>

/** What a person decides about one saga. */
export const SagaDecision = Type.Object(
  {
    do: Verb,
    step: Type.Optional(Text),
    choice: Type.Optional(Type.String({ description: 'With decide, and only there' })),
    result: Type.Optional(Type.Unknown({ description: 'With confirm: what the step came to' })),
    by: By,
    why: Why,
  },
  strict,
)
export type SagaDecision = Static<typeof SagaDecision>
