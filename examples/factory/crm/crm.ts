import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GraphQLError } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'
import type { Call, Reply } from '../simulated/service.ts'
import type { CrmDatabase } from './database.ts'

interface Context {
  readonly user?: string | undefined
}

interface Terms {
  readonly number: string
  readonly creditLimit: number
  readonly paymentDays: number
}

/** The GraphQL interface of the CRM. Who has the token is its user `isthmus`; others may look, and change nothing. */
export function crmInterface(db: CrmDatabase, token: string): (call: Call) => Promise<Reply> {
  const typeDefs = readFileSync(join(import.meta.dirname, 'crm.graphql'), 'utf8')
  const yoga = createYoga<Context>({
    schema: createSchema<Context>({ typeDefs, resolvers: resolvers(db) }),
    logging: false,
  })
  return async ({ what, query, headers, body }) => {
    const [method = '', path] = what.split(' ')
    const { accept = '', 'content-type': type = '' } = headers
    const user = headers.authorization === `Bearer ${token}` ? 'isthmus' : undefined
    const request = { method, headers: { accept, 'content-type': type }, ...(method === 'POST' && { body }) }
    const response = await yoga.fetch(`http://crm${path}?${query}`, request, { user })
    const { status } = response
    return { status, type: response.headers.get('content-type') ?? '', body: await response.text() }
  }
}

function resolvers(db: CrmDatabase) {
  return {
    Query: {
      customers: () => db.customers(),
      customerChanges: paged((...range) => db.changes(...range)),
      ordersWon: paged((...range) => db.orders(...range)),
    },
    Mutation: {
      putCreditTerms(
        _: unknown,
        { requestId, terms }: { requestId: string; terms: Terms },
        { user }: Context,
      ) {
        if (user === undefined)
          throw new GraphQLError('Who are you?', { extensions: { code: 'UNAUTHENTICATED' } })
        return db.put({ ...terms }, user, requestId)
      },
    },
    CustomerChange: {
      changedAt: ({ changedAt }: { changedAt: number }) => new Date(changedAt).toISOString(),
    },
    OrderWon: {
      wonAt: ({ wonAt }: { wonAt: number }) => new Date(wonAt).toISOString(),
    },
  }
}

/** A log of numbered entries, page by page. */
function paged<T extends { readonly no: number }>(
  read: (after: number, since: number, limit: number) => readonly T[],
) {
  return (_: unknown, page: { first: number; after?: string; since?: string }) => {
    const since = page.since == null ? 0 : Date.parse(page.since)
    const found = read(Number(page.after ?? 0), since, page.first + 1)
    const nodes = found.slice(0, page.first)
    const endCursor = nodes.length > 0 ? String(nodes.at(-1)?.no) : null
    return { nodes, pageInfo: { hasNextPage: found.length > nodes.length, endCursor } }
  }
}
