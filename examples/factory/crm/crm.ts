import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSchema, createYoga } from 'graphql-yoga'
import { type Call, jsonReply, type Reply } from '../simulated/service.ts'
import type { CrmDatabase } from './database.ts'

interface Terms {
  readonly number: string
  readonly creditLimit: number
  readonly paymentDays: number
}

/** The GraphQL interface of the CRM. Who has the token is its user `isthmus`; everybody may look at the schema's page. */
export function crmInterface(db: CrmDatabase, token: string): (call: Call) => Promise<Reply> {
  const typeDefs = readFileSync(join(import.meta.dirname, 'crm.graphql'), 'utf8')
  const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers: resolvers(db) }), logging: false })
  return async ({ what, query, headers, body }) => {
    const [method = '', path] = what.split(' ')
    if (method !== 'GET' && headers.authorization !== `Bearer ${token}`)
      return jsonReply(401, { errors: [{ message: 'Who are you?' }] })
    const { accept = '', 'content-type': type = '' } = headers
    const response = await yoga.fetch(`http://crm${path}?${query}`, {
      method,
      headers: { accept, 'content-type': type },
      ...(method === 'POST' && { body }),
    })
    const { status } = response
    return { status, type: response.headers.get('content-type') ?? '', body: await response.text() }
  }
}

function resolvers(db: CrmDatabase) {
  return {
    Query: {
      customers: () => db.customers(),
      customerChanges(_: unknown, page: { first: number; after?: string; since?: string }) {
        const since = page.since == null ? 0 : Date.parse(page.since)
        const found = db.changes(Number(page.after ?? 0), since, page.first + 1)
        const nodes = found.slice(0, page.first)
        const endCursor = nodes.length > 0 ? String(nodes.at(-1)?.no) : null
        return { nodes, pageInfo: { hasNextPage: found.length > nodes.length, endCursor } }
      },
    },
    Mutation: {
      putCreditTerms: (_: unknown, { requestId, terms }: { requestId: string; terms: Terms }) =>
        db.put({ ...terms }, 'isthmus', requestId),
    },
    CustomerChange: {
      changedAt: ({ changedAt }: { changedAt: number }) => new Date(changedAt).toISOString(),
    },
  }
}
