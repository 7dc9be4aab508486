import { Type } from 'typebox'
import { refused } from '../operations/deciding.ts'
import { shownToken } from '../people/account.ts'
import type { Entered } from '../people/logging-in.ts'
import { verifyPassword } from '../people/passwords.ts'
import { type Known, ownAccount, type People } from '../people/people.ts'
import {
  CanAnswer,
  CanQuestion,
  ChangePassword,
  KeyAsked,
  KeyGiven,
  KeyPath,
  LoggedIn,
  LogIn,
  Me,
  NewPassword,
  Nothing,
  OwnPassword,
  Roles,
  SessionList,
  SessionPath,
  SetUp,
  TokenList,
  TokenMade,
  TokenOrder,
  TokenPath,
  TotpBegun,
  TotpCode,
  TotpSet,
  Ways,
} from '../people/people-schemas.ts'
import { can, canSomewhere, type Permission, permissions, roles, whole } from '../people/permissions.ts'
import { makeToken, revokeToken } from '../people/tokens.ts'
import { csrfOf } from './gate.ts'
import { type ControlRoute, route, WiredAnswer } from './route.ts'
import { enteredCookies, leftCookies, tripCookie } from './wire.ts'

/** Whatever a provider of identities sends back. */
const OidcAnswer = Type.Object({}, { additionalProperties: Type.String() })

const names = Object.keys(permissions) as Permission[]

/** Coming in, and what everybody has of their own. */
export const ownRoutes: readonly ControlRoute[] = [
  route('/api/v1/login/ways', 'How one can log in', {
    needs: 'open',
    answer: Ways,
    handle: async ({ people }) => {
      const { oidc, config, accounts } = people
      const label = oidc && { oidc: { label: oidc.label } }
      return { owner: accounts.hasOwner, ldap: config.ldap !== undefined, ...label }
    },
  }),
  route('/api/v1/setup', 'Sets the first owner, with the code that the instance has printed', {
    needs: 'open',
    asks: true,
    body: SetUp,
    answer: LoggedIn,
    handle: async ({ people }, { body, caller }) => entered(people, await people.setUp(body, caller)),
  }),
  route('/api/v1/login', 'Logs in: sets the cookie of a session', {
    needs: 'open',
    asks: true,
    body: LogIn,
    answer: LoggedIn,
    handle: async ({ people }, { body, caller }) => entered(people, await people.login.enter(body, caller)),
  }),
  route('/api/v1/oidc/start', 'Goes to the provider of identities', {
    needs: 'open',
    answer: Type.Object({}),
    handle: async ({ people }) => {
      if (!people.oidc) throw refused('There is no OpenID provider here.', 404)
      const { to, trip } = await people.oidc.begin()
      const sealed = people.seal.seal(JSON.stringify(trip), 'trip')
      return moved(to, [tripCookie(sealed, people.config.url)])
    },
  }),
  route('/api/v1/oidc/callback', 'Comes back from there', {
    needs: 'open',
    query: OidcAnswer,
    answer: Type.Object({}),
    handle: async ({ people }, { query, caller }) => {
      const sealed = caller.trip && people.seal.open(caller.trip, 'trip')
      if (!people.oidc || !sealed) throw refused('This log-in has not begun here, or took too long.', 401)
      const parameters = new URLSearchParams(query as Record<string, string>)
      const person = await people.oidc.end(parameters.toString(), JSON.parse(sealed))
      const found = await people.login.admit(person, caller)
      return moved('/', enteredCookies(found, people.config.url))
    },
  }),
  route('/api/v1/password', 'Sets a password with a code', {
    needs: 'open',
    asks: true,
    body: NewPassword,
    answer: Type.Object({}),
    handle: async ({ people }, { body, caller }) => {
      await people.resetPassword(body, caller)
      return {}
    },
  }),
  route('/api/v1/logout', 'Ends the session', {
    needs: 'self',
    body: Nothing,
    answer: Type.Object({}),
    handle: async ({ people }, { known }) => {
      if (known.session !== undefined) await people.sessions.end(known.session)
      return new WiredAnswer({}, { headers: { 'set-cookie': leftCookies(people.config.url) } })
    },
  }),
  route('/api/v1/me', 'Who asks, and what they may do', {
    needs: 'self',
    answer: Me,
    handle: async ({ landscape, environment, version }, { known, caller }) => {
      const where = { landscape: landscape.name, environment, version }
      return { ...shownSelf(known, caller.session), ...where }
    },
  }),
  route('/api/v1/can', 'Whether each of these is allowed, and what is missing if not', {
    needs: 'self',
    asks: true,
    body: CanQuestion,
    answer: CanAnswer,
    handle: async (_ground, { body, actor }) => body.map(({ action, object }) => can(actor, action, object)),
  }),
  route('/api/v1/roles', 'Which role has which permissions', {
    needs: 'self',
    answer: Roles,
    handle: async () => ({ permissions, roles }),
  }),
  route('/api/v1/me/password', 'Changes the own password; all other sessions end', {
    needs: 'self',
    body: ChangePassword,
    answer: Type.Object({}),
    handle: async ({ people }, { body, known, caller }) => {
      const account = ownAccount(known)
      await requirePassword(people, account, body.old, caller)
      await people.passwords.bySelf(account, body.password, known.session)
      return {}
    },
  }),
  route('/api/v1/me/totp', 'Begins a second factor: a secret for an app', {
    needs: 'self',
    body: Nothing,
    answer: TotpBegun,
    handle: async ({ people }, { known }) => people.secondFactor.begin(ownAccount(known)),
  }),
  route('/api/v1/me/totp/confirm', 'Takes it as the second factor, when its first code is right', {
    needs: 'self',
    body: TotpCode,
    answer: TotpSet,
    handle: async ({ people }, { body, known }) => ({
      recovery: [...(await people.secondFactor.confirm(ownAccount(known), body.code))],
    }),
  }),
  route('/api/v1/me/totp/remove', 'Removes the second factor', {
    needs: 'self',
    body: OwnPassword,
    answer: Type.Object({}),
    handle: async ({ people }, { body, known, caller }) => {
      const account = ownAccount(known)
      await requirePassword(people, account, body.password, caller)
      await people.accounts.change(account.name, 'totp removed', () => ({ totp: undefined }))
      await people.sessions.endAll(account.name, 'second factor removed', known.session)
      return {}
    },
  }),
  route('/api/v1/me/keys/begin', 'Begins a security key: what the browser is asked (WebAuthn)', {
    needs: 'self',
    body: Nothing,
    answer: KeyAsked,
    handle: async ({ people }, { known }) => ({
      options: await people.securityKeys.begin(ownAccount(known)),
    }),
  }),
  route('/api/v1/me/keys/confirm', 'Takes a security key as a second factor', {
    needs: 'self',
    body: KeyGiven,
    answer: Type.Object({}),
    handle: async ({ people }, { body, known }) => {
      await people.securityKeys.confirm(ownAccount(known), body.label, body.response)
      return {}
    },
  }),
  route('/api/v1/me/keys/{key}/remove', 'Removes a security key', {
    needs: 'self',
    params: KeyPath,
    body: OwnPassword,
    answer: Type.Object({}),
    handle: async ({ people }, { params, body, known, caller }) => {
      const account = ownAccount(known)
      await requirePassword(people, account, body.password, caller)
      await people.accounts.change(account.name, 'key removed', ({ keys = [] }) => {
        return { keys: keys.filter(({ id }) => id !== params.key) }
      })
      await people.sessions.endAll(account.name, 'second factor removed', known.session)
      return {}
    },
  }),
  route('/api/v1/me/sessions', 'The own sessions', {
    needs: 'self',
    answer: SessionList,
    handle: async ({ people }, { known }) => {
      const own = people.sessions.of(ownAccount(known).name)
      const shown = own.map(({ id, began, used, address, agent }) => {
        return { id, began, used, address, agent, current: id === known.session }
      })
      return { sessions: shown }
    },
  }),
  route('/api/v1/me/sessions/{session}/end', 'Ends one of them', {
    needs: 'self',
    params: SessionPath,
    body: Nothing,
    answer: Type.Object({}),
    handle: async ({ people }, { params, known }) => {
      const own = people.sessions.of(ownAccount(known).name)
      if (!own.some(({ id }) => id === params.session)) throw refused('You have no such session.', 404)
      await people.sessions.end(params.session)
      return {}
    },
  }),
  route('/api/v1/me/tokens', 'The own API tokens', {
    needs: 'self',
    answer: TokenList,
    handle: async (_ground, { known }) => ({ tokens: ownAccount(known).tokens.map(shownToken) }),
  }),
  route('/api/v1/me/tokens/new', 'Makes an API token, which is shown this once', {
    needs: 'self',
    body: TokenOrder,
    answer: TokenMade,
    handle: ({ people }, { body, known }) => makeToken(people.accounts, ownAccount(known), body),
  }),
  route('/api/v1/me/tokens/{token}/revoke', 'Takes a token back', {
    needs: 'self',
    params: TokenPath,
    body: Nothing,
    answer: Type.Object({}),
    handle: async ({ people }, { params, known }) => {
      await revokeToken(people.accounts, ownAccount(known).name, params.token)
      return {}
    },
  }),
]

function entered(people: People, found: Entered): WiredAnswer {
  const headers = { 'set-cookie': enteredCookies(found, people.config.url) }
  return new WiredAnswer({ name: found.account.name, csrf: csrfOf(found.secret) }, { headers })
}

function moved(to: string, cookies: readonly string[]): WiredAnswer {
  return new WiredAnswer({}, { status: 302, headers: { location: to, 'set-cookie': cookies } })
}

function shownSelf({ actor, account, must }: Known, session: string | undefined) {
  const { name, by: how, grants } = actor
  return {
    name,
    how,
    ...(how === 'session' && session !== undefined && { csrf: csrfOf(session) }),
    ...(account && { origin: account.origin }),
    grants,
    permissions: names.filter(permission => canSomewhere(actor, permission)),
    everywhere: names.filter(permission => can(actor, permission, whole).allowed),
    totp: account?.totp !== undefined,
    keys: (account?.keys ?? []).map(({ id, label, at }) => ({ id, label, at })),
    must: must ? [must] : [],
  }
}

/** Who has found an open session must not keep it. */
async function requirePassword(
  people: People,
  account: ReturnType<typeof ownAccount>,
  password: string,
  caller: Parameters<People['login']['attempt']>[1],
): Promise<void> {
  const attempt = people.login.attempt(account.name, caller)
  people.login.requirePatience(attempt)
  if (await verifyPassword(password, account.password)) return
  people.login.failed(attempt, '')
  throw refused('The password is wrong.', 403, { password: 'wrong' })
}
