import { type Static, Type } from 'typebox'
import { strict, Text, Time } from '../operations/schemas.ts'
import { permissions, roles } from './permissions.ts'

const Pattern = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 })
export const RoleName = Type.Enum(Object.keys(roles) as (keyof typeof roles)[])
export const PermissionName = Type.Enum(Object.keys(permissions) as (keyof typeof permissions)[])

const scope = Type.Object({ flows: Type.Optional(Pattern), systems: Type.Optional(Pattern) }, strict)
export const GrantSchema = Type.Object(
  {
    role: RoleName,
    scope: Type.Optional(
      Type.Unsafe<Static<typeof scope>>({
        ...scope,
        description: 'Names of flows and systems, with `*` for any letters. Without it: everything',
      }),
    ),
  },
  strict,
)
const Grants = Type.Array(GrantSchema, { maxItems: 50 })

export const AccountName = Type.String({
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}._@+ -]{0,99}$',
  description: 'Letters, digits and ._@+- of any script',
})
const Password = Type.String({ minLength: 1, maxLength: 1024 })
const Code = Type.String({ minLength: 1, maxLength: 100 })
const Why = Type.Optional(Type.String({ minLength: 1, maxLength: 2000, description: 'The reason' }))
export const Nothing = Type.Object({}, strict)

/** How one can log in here. */
export const Ways = Type.Object(
  {
    owner: Type.Boolean({ description: 'False until the first owner is set' }),
    oidc: Type.Optional(Type.Object({ label: Text }, strict)),
    ldap: Type.Boolean(),
  },
  strict,
)
export const SetUp = Type.Object({ code: Code, name: AccountName, password: Password }, strict)
export const LogIn = Type.Object(
  {
    name: AccountName,
    password: Password,
    totp: Type.Optional(Code),
    key: Type.Optional(Type.Unknown({ description: 'What a security key answers (WebAuthn)' })),
  },
  strict,
)
const KeyAnswer = Type.Unknown({ description: 'What the browser gives for what was asked (WebAuthn)' })
export const LoggedIn = Type.Object(
  { name: Text, csrf: Type.String({ description: 'Goes with every order, as `x-isthmus-csrf`' }) },
  strict,
)
export const NewPassword = Type.Object({ name: AccountName, code: Code, password: Password }, strict)
export const ChangePassword = Type.Object({ old: Password, password: Password }, strict)

export const Me = Type.Object(
  {
    name: Text,
    how: Type.Enum(['local', 'session', 'token']),
    csrf: Type.Optional(Text),
    origin: Type.Optional(Type.Enum(['local', 'oidc', 'ldap'])),
    grants: Grants,
    permissions: Type.Array(PermissionName, { description: 'Those that it has for something' }),
    everywhere: Type.Array(PermissionName, { description: 'Those that it has for everything' }),
    totp: Type.Boolean({ description: 'Codes of an app are a second factor' }),
    keys: Type.Array(Type.Object({ id: Text, label: Text, at: Time }, strict), {
      description: 'Security keys that are second factors',
    }),
    must: Type.Array(Type.Enum(['totp']), {
      description: 'What is to be done before anything else is allowed',
    }),
    landscape: Text,
    environment: Type.String({ description: 'Which of the instances of a company this is' }),
    version: Text,
  },
  strict,
)

const Asked = Type.Object(
  {
    action: PermissionName,
    object: Type.Optional(Type.Object({ flow: Type.Optional(Text), system: Type.Optional(Text) }, strict)),
  },
  strict,
)
export const CanQuestion = Type.Array(Asked, { maxItems: 200 })
export const CanAnswer = Type.Array(
  Type.Object({ allowed: Type.Boolean(), missing: Type.Optional(PermissionName) }, strict),
)

const Token = { id: Text, name: Text, grants: Grants, created: Time, expires: Time }
export const TokenList = Type.Object({ tokens: Type.Array(Type.Object(Token, strict)) }, strict)
export const TokenOrder = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    grants: Type.Optional(Grants),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, description: '90 if absent' })),
  },
  strict,
)
export const TokenMade = Type.Object(
  { ...Token, token: Type.String({ description: 'Shown this once' }) },
  strict,
)
export const TokenPath = Type.Object({ token: Text }, strict)

export const TotpBegun = Type.Object(
  { secret: Text, uri: Type.String({ description: 'otpauth://' }) },
  strict,
)
export const TotpSet = Type.Object(
  {
    recovery: Type.Array(Text, {
      description: 'Each is good once in place of a code of the app; shown this once',
    }),
  },
  strict,
)
export const TotpCode = Type.Object({ code: Code }, strict)
export const KeyAsked = Type.Object(
  { options: Type.Unknown({ description: 'For navigator.credentials.create' }) },
  strict,
)
export const KeyGiven = Type.Object(
  { label: Type.String({ minLength: 1, maxLength: 100 }), response: KeyAnswer },
  strict,
)
export const KeyPath = Type.Object({ key: Text }, strict)
export const OwnPassword = Type.Object({ password: Password }, strict)

const Session = Type.Object(
  { id: Text, began: Time, used: Time, address: Text, agent: Text, current: Type.Boolean() },
  strict,
)
export const SessionList = Type.Object({ sessions: Type.Array(Session) }, strict)
export const SessionPath = Type.Object({ session: Text }, strict)

export const ShownAccount = Type.Object(
  {
    name: Text,
    origin: Type.Enum(['local', 'oidc', 'ldap']),
    grants: Grants,
    disabled: Type.Boolean(),
    created: Time,
    password: Type.Boolean({ description: 'Whether one is set' }),
    totp: Type.Optional(Type.Integer({ description: 'When codes of an app were set' })),
    keys: Type.Integer({ description: 'Security keys' }),
    reset: Type.Optional(Type.Integer({ description: 'Until when a code to set the password is good' })),
    tokens: Type.Array(Type.Object(Token, strict)),
    sessions: Type.Integer(),
  },
  strict,
)
export const AccountList = Type.Object({ accounts: Type.Array(ShownAccount) }, strict)
export const AccountPath = Type.Object({ account: Text }, strict)
export const AccountTokenPath = Type.Object({ account: Text, token: Text }, strict)
export const NewAccount = Type.Object({ name: AccountName, grants: Grants, why: Why }, strict)
export const AccountMade = Type.Object(
  {
    code: Type.String({ description: 'With which its owner sets a password; shown this once' }),
    until: Time,
  },
  strict,
)
export const GrantsOrder = Type.Object({ grants: Grants, why: Why }, strict)
export const DisabledOrder = Type.Object({ disabled: Type.Boolean(), why: Why }, strict)
export const WhyOrder = Type.Object({ why: Why }, strict)
export const ResetStarted = Type.Object(
  {
    until: Time,
    code: Type.Optional(Type.String({ description: 'Told to who runs the instance only' })),
    file: Type.Optional(Type.String({ description: 'Where on the machine of the instance the code lies' })),
  },
  strict,
)

export const Roles = Type.Object(
  {
    permissions: Type.Record(Type.String(), Text),
    roles: Type.Record(Type.String(), Type.Array(PermissionName)),
  },
  strict,
)

const AuditRecord = Type.Object(
  {
    no: Type.Integer(),
    at: Time,
    operation: Text,
    phase: Type.Enum(['asked', 'done']),
    actor: Text,
    how: Type.Enum(['local', 'session', 'token', 'none', 'instance']),
    address: Text,
    action: Text,
    object: Text,
    outcome: Type.Optional(Type.Enum(['ok', 'denied', 'refused', 'failed'])),
    status: Type.Optional(Type.Integer()),
    why: Type.Optional(Text),
    before: Type.Optional(Text),
    after: Type.Optional(Text),
    times: Type.Optional(Type.Integer()),
    prev: Text,
    hash: Text,
    open: Type.Optional(Type.Boolean({ description: 'Asked for, and not known what came of it' })),
  },
  strict,
)
const Broken = Type.Array(Type.Object({ no: Type.Integer(), reason: Text }, strict), {
  description: 'Records among those looked at that break the chain',
})
export const AuditPageSchema = Type.Object(
  {
    node: Text,
    records: Type.Array(AuditRecord),
    next: Type.Optional(Type.Integer({ description: '`before` of the next page; absent on the last one' })),
    broken: Broken,
  },
  strict,
)
export const AuditQuerySchema = Type.Object(
  {
    node: Type.Optional(Type.String({ description: 'This one if absent' })),
    actor: Type.Optional(Text),
    object: Type.Optional(Type.String({ description: 'A part of the name of the object' })),
    action: Type.Optional(Type.String({ description: 'The beginning of the name of the action' })),
    outcome: Type.Optional(Type.Enum(['ok', 'denied', 'refused', 'failed'])),
    operation: Type.Optional(Text),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    before: Type.Optional(Type.Integer({ minimum: 1 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  strict,
)
export const AuditState = Type.Object(
  {
    node: Type.String({ description: 'This one' }),
    nodes: Type.Array(Type.Object({ node: Text, records: Type.Integer(), open: Type.Integer() }, strict)),
    broken: Type.Array(Type.Object({ node: Text, no: Type.Integer(), reason: Text }, strict)),
    told: Type.Optional(Type.String({ description: 'Where signed heads are told' })),
  },
  strict,
)
