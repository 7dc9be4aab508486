import { type Static, Type } from 'typebox'

/** The shapes in which alerts are told. Times are milliseconds since 1970 UTC. */
const strict = { additionalProperties: false } as const
const Text = Type.String()
const Time = Type.Integer({ description: 'Milliseconds since 1970 UTC' })
const Name = Type.String({ minLength: 1, maxLength: 200 })
const Why = Type.String({ minLength: 1, maxLength: 2000, description: 'The reason, which is recorded' })
const Severity = Type.Enum(['critical', 'warning', 'info'])
const Labels = Type.Record(Type.String(), Text)

export const AlertMatch = Type.Object(
  {
    alert: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
    rule: Type.Optional(Name),
    flow: Type.Optional(Name),
    system: Type.Optional(Name),
  },
  { ...strict, description: 'What all must fit' },
)

export const SilenceView = Type.Object(
  {
    id: Text,
    match: AlertMatch,
    by: Text,
    why: Text,
    from: Time,
    until: Time,
    ended: Type.Optional(Type.Object({ by: Text, at: Time }, strict)),
  },
  strict,
)
export type SilenceView = Static<typeof SilenceView>

const about = {
  id: Text,
  rule: Text,
  severity: Severity,
  status: Type.Enum(['pending', 'firing', 'resolved']),
  text: Type.Object({ en: Text, zh: Text }, strict),
  labels: Labels,
  metric: Type.Optional(Text),
  value: Type.Number(),
  above: Type.Optional(Type.Number()),
  below: Type.Optional(Type.Number()),
  since: Time,
  firedAt: Type.Optional(Time),
  resolvedAt: Type.Optional(Time),
  acknowledged: Type.Optional(Type.Object({ by: Text, at: Time, why: Type.Optional(Text) }, strict)),
  silenced: Type.Optional(SilenceView),
  told: Type.Array(Type.Object({ channel: Text, what: Type.Enum(['firing', 'resolved']), at: Time }, strict)),
  runbook: Type.Optional(Type.String({ description: 'Place in the documentation' })),
}

export const AlertView = Type.Object(
  {
    ...about,
    consequences: Type.Array(Type.Object(about, strict), {
      description: 'Explained by this one, and not told',
    }),
  },
  strict,
)
export type AlertView = Static<typeof AlertView>

export const ChannelView = Type.Object(
  {
    name: Text,
    kind: Type.Enum(['email', 'webhook', 'dingtalk', 'wecom', 'feishu']),
    language: Type.Enum(['en', 'zh']),
    atLeast: Severity,
    failing: Type.Optional(Type.Object({ since: Time, reason: Text }, strict)),
    lastSent: Type.Optional(Time),
    sent: Type.Integer({ description: 'Messages since the process began' }),
    failed: Type.Integer({ description: 'Attempts since the process began' }),
  },
  strict,
)
export type ChannelView = Static<typeof ChannelView>

export const AlertList = Type.Object(
  {
    alerts: Type.Array(AlertView, {
      description: 'Those that fire or will, the most severe first, one for each cause',
    }),
    recent: Type.Array(AlertView, { description: 'Those that came to an end, the latest first' }),
    silences: Type.Array(SilenceView),
    channels: Type.Array(ChannelView),
    problems: Type.Array(
      Type.Object(
        {
          code: Type.Enum(['no-channel', 'channel-failing', 'not-running']),
          channel: Type.Optional(Text),
          reason: Type.Optional(Text),
        },
        strict,
      ),
      { description: 'Why nobody may learn of alerts; without a channel, nobody does' },
    ),
  },
  strict,
)
export type AlertList = Static<typeof AlertList>

export const AlertDetail = Type.Object(
  {
    alert: AlertView,
    cause: Type.Optional(Type.String({ description: 'Of the alert that explains it' })),
    flows: Type.Array(Text, { description: 'That it concerns' }),
    systems: Type.Array(Text),
    history: Type.Array(
      Type.Object({ version: Type.Integer(), at: Time, type: Text, data: Type.Unknown() }, strict),
      {
        description: 'The latest first',
      },
    ),
  },
  strict,
)
export type AlertDetail = Static<typeof AlertDetail>

export const AlertPath = Type.Object({ id: Type.String({ minLength: 1, maxLength: 300 }) }, strict)
export const SilencePath = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) }, strict)
export const ChannelPath = Type.Object({ name: Name }, strict)
export const SilenceList = Type.Object({ silences: Type.Array(SilenceView) }, strict)

const until = {
  by: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Who, where the token does not say' }),
  ),
  why: Why,
  until: Type.Integer({
    minimum: 0,
    description: 'When it ends, milliseconds since 1970 UTC; at most 30 days ahead',
  }),
  order: Type.Optional(
    Type.String({
      pattern: '^[\\w-]{8,100}$',
      description: 'Name of the order: a second one changes nothing',
    }),
  ),
}
export const AlertSilence = Type.Object(until, strict)
export type AlertSilence = Static<typeof AlertSilence>
export const NewSilence = Type.Object({ match: AlertMatch, ...until }, strict)
export type NewSilence = Static<typeof NewSilence>

export const Acknowledgement = Type.Object(
  { by: until.by, why: Type.Optional(Why) },
  { ...strict, description: 'It is told no more until it is over' },
)
export type Acknowledgement = Static<typeof Acknowledgement>

export const SilenceEnd = Type.Object({ by: until.by }, strict)
export type SilenceEnd = Static<typeof SilenceEnd>

export const ChannelTest = Type.Object({}, strict)
export const ChannelTested = Type.Object({ taken: Type.Boolean(), reason: Type.Optional(Text) }, strict)
export type ChannelTested = Static<typeof ChannelTested>
