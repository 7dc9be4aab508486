import { Type } from 'typebox'
import { refused } from '../operations/deciding.ts'
import { type Account, shownAccount } from '../people/account.ts'
import type { People } from '../people/people.ts'
import {
  AccountList,
  AccountMade,
  AccountPath,
  AccountTokenPath,
  DisabledOrder,
  GrantsOrder,
  NewAccount,
  ResetStarted,
  ShownAccount,
  WhyOrder,
} from '../people/people-schemas.ts'
import { whole } from '../people/permissions.ts'
import { revokeToken } from '../people/tokens.ts'
import { type ControlGround, type ControlRoute, route } from './route.ts'

const about = () => whole

/** The hash of this stands in the audit before and after each change: its secrets are not in it. */
const state = async (
  { people }: ControlGround,
  { params }: { readonly params: { readonly account: string } },
) => {
  const account = people.accounts.find(params.account)
  return account && shownAccount(account, 0)
}

/** The accounts of others. Nobody sets a password but who has it. */
export const peopleRoutes: readonly ControlRoute[] = [
  route('/api/v1/accounts', 'Everybody who may log in', {
    needs: 'people',
    about,
    answer: AccountList,
    handle: async ({ people }) => {
      return { accounts: people.accounts.list().map(account => shown(people, account)) }
    },
  }),
  route('/api/v1/accounts/new', 'Makes an account, and the code with which its owner sets a password', {
    needs: 'people',
    about,
    body: NewAccount,
    answer: AccountMade,
    handle: ({ people }, { body }) => people.passwords.invite(body),
  }),
  route('/api/v1/accounts/{account}', 'One account', {
    needs: 'people',
    about,
    params: AccountPath,
    answer: ShownAccount,
    handle: async ({ people }, { params }) => shown(people, people.accounts.get(params.account)),
  }),
  route('/api/v1/accounts/{account}/grants', 'Gives other grants; the sessions of the account end', {
    needs: 'people',
    about,
    params: AccountPath,
    body: GrantsOrder,
    answer: ShownAccount,
    state,
    handle: async ({ people }, { params, body }) => {
      const { grants } = body
      const account = await people.accounts.change(params.account, 'grants', ({ origin }) => {
        if (origin !== 'local') throw refused('The grants of this account come from its directory.')
        return { grants }
      })
      await people.sessions.endAll(account.name, 'grants changed')
      return shown(people, account)
    },
  }),
  route('/api/v1/accounts/{account}/disabled', 'Lets somebody in no more, or again', {
    needs: 'people',
    about,
    params: AccountPath,
    body: DisabledOrder,
    answer: ShownAccount,
    state,
    handle: async ({ people }, { params, body }) => {
      const { disabled } = body
      const account = await people.accounts.change(params.account, 'disabled', () => ({ disabled }))
      if (disabled) await people.sessions.endAll(account.name, 'disabled')
      return shown(people, account)
    },
  }),
  route('/api/v1/accounts/{account}/reset', 'Begins a reset of the password, which its owner ends', {
    needs: 'people',
    about,
    params: AccountPath,
    body: WhyOrder,
    answer: ResetStarted,
    state,
    handle: async ({ people }, { params, actor }) => {
      const { name } = people.accounts.get(params.account)
      const { code, until } = await people.passwords.begin(name)
      if (actor.by === 'local') return { until, code }
      return { until, file: people.passwords.deposit(name, { code, until }) }
    },
  }),
  route('/api/v1/accounts/{account}/sessions/end', 'Ends all sessions of an account', {
    needs: 'people',
    about,
    params: AccountPath,
    body: WhyOrder,
    answer: Type.Object({}),
    handle: async ({ people }, { params }) => {
      await people.sessions.endAll(people.accounts.get(params.account).name, 'ended by another')
      return {}
    },
  }),
  route(
    '/api/v1/accounts/{account}/totp/remove',
    'Removes the second factors, where their devices are lost',
    {
      needs: 'people',
      about,
      params: AccountPath,
      body: WhyOrder,
      answer: ShownAccount,
      state,
      handle: async ({ people }, { params }) => {
        const account = await people.accounts.change(params.account, 'second factor removed', () => {
          return { totp: undefined, keys: [] }
        })
        await people.sessions.endAll(account.name, 'second factor removed')
        return shown(people, account)
      },
    },
  ),
  route('/api/v1/accounts/{account}/tokens/{token}/revoke', 'Takes a token of an account back', {
    needs: 'people',
    about,
    params: AccountTokenPath,
    body: WhyOrder,
    answer: ShownAccount,
    state,
    handle: async ({ people }, { params }) => {
      await revokeToken(people.accounts, people.accounts.get(params.account).name, params.token)
      return shown(people, people.accounts.get(params.account))
    },
  }),
]

function shown({ sessions }: People, account: Account) {
  return { ...shownAccount(account, Date.now()), sessions: sessions.of(account.name).length }
}
