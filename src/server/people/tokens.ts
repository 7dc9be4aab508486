import { randomBytes, randomUUID } from 'node:crypto'
import { refused } from '../operations/deciding.ts'
import { type Account, digest, shownToken } from './account.ts'
import type { Accounts } from './accounts.ts'
import { tokenPrefix } from './people.ts'
import type { Grant } from './permissions.ts'

const day = 24 * 60 * 60_000
const mostTokens = 50

/** A token may do what its grants say, as far as its account may do it, too. It is kept as a hash only. */
export async function makeToken(
  accounts: Accounts,
  { name: owner, grants: own }: Account,
  order: {
    readonly name: string
    readonly grants?: readonly Grant[] | undefined
    readonly days?: number | undefined
  },
) {
  const { name, grants = own, days = 90 } = order
  const secret = tokenPrefix + randomBytes(32).toString('base64url')
  const created = Date.now()
  const expires = created + days * day
  const token = { id: randomUUID(), name, hash: digest(secret), grants, created, expires }
  await accounts.change(owner, 'token made', ({ tokens }) => {
    const good = tokens.filter(each => each.expires > created)
    if (good.length >= mostTokens) throw refused(`There are ${mostTokens} tokens. Take some back first.`)
    if (good.some(each => each.name === name)) throw refused(`There is a token ${name}.`)
    return { tokens: [...good, token] }
  })
  return { ...shownToken(token), token: secret }
}

export async function revokeToken(accounts: Accounts, owner: string, id: string): Promise<void> {
  await accounts.change(owner, 'token revoked', ({ tokens }) => {
    const kept = tokens.filter(each => each.id !== id)
    if (kept.length === tokens.length) throw refused('There is no such token.', 404)
    return { tokens: kept }
  })
}
