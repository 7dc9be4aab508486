import { refused } from '../operations/deciding.ts'
import {
  HopAnswer,
  HopQuery,
  PayloadAnswer,
  PayloadQuery,
  SearchAnswer,
  SearchQuery,
  TraceAnswer,
  TraceQuery,
  WhyAnswer,
  WhyQuery,
} from '../operations/messages/schemas.ts'
import type { Seeing } from '../operations/messages/search-view.ts'
import { nothingFound } from '../operations/messages/why-view.ts'
import { messageName } from '../operations/operations.ts'
import { MessagePath } from '../operations/schemas.ts'
import { type Actor, can } from '../people/permissions.ts'
import { type ControlRoute, route } from './route.ts'

export const messageRoutes: readonly ControlRoute[] = [
  route('/api/v1/search', 'Messages by business key: whole, its beginning, or a list; grouped by key', {
    needs: 'view',
    query: SearchQuery,
    answer: SearchAnswer,
    handle: ({ views }, { query, actor }) => views.search.search(query, seeing(actor, query.showPii)),
  }),
  route('/api/v1/trace', 'The way of a business key through the flows, hop by hop', {
    needs: 'view',
    query: TraceQuery,
    answer: TraceAnswer,
    handle: async ({ views }, { query, actor }) => {
      if ((query.key === undefined) === (query.message === undefined))
        throw refused('Give either key or message.', 400)
      const found = await views.trace.trace(query, seeing(actor, query.showPii))
      if (found) return found
      throw refused(`There is no message of ${query.key ?? query.message}.`, 404)
    },
  }),
  route(
    '/api/v1/why',
    'What a value was made of: inputs, cleaning, mapping, back to what a system delivered; or one of a warehouse',
    {
      needs: 'payload',
      query: WhyQuery,
      answer: WhyAnswer,
      about: ({ query }) => (query.flow === undefined ? [] : [{ flow: query.flow }]),
      handle: async ({ operations }, { query, actor }) => {
        requirePersonal(actor, query.showPii)
        const found = await operations.why(query)
        if (found) return found
        throw refused(nothingFound(query), 404)
      },
    },
  ),
  route(
    '/api/v1/flows/{flow}/messages/{seq}/hop',
    'What one message met in one flow: each step, what it changed and why',
    {
      needs: 'payload',
      params: MessagePath,
      query: HopQuery,
      answer: HopAnswer,
      handle: async ({ views }, { params, query, actor }) => {
        requirePersonal(actor, query.showPii)
        const found = await views.hops.hop(params, query)
        if (found) return found
        throw refused(`There has never been a message ${messageName(params)}.`, 404)
      },
    },
  ),
  route(
    '/api/v1/flows/{flow}/messages/{seq}/payload',
    'Data that are too large to be shown with their step',
    {
      needs: 'payload',
      params: MessagePath,
      query: PayloadQuery,
      answer: PayloadAnswer,
      handle: ({ views }, { params, query, actor }) => {
        requirePersonal(actor, query.showPii)
        return views.hops.payload(params, query)
      },
    },
  ),
]

function seeing(actor: Actor, showPii = false): Seeing {
  requirePersonal(actor, showPii)
  return { sees: object => can(actor, 'view', object).allowed, personal: showPii }
}

function requirePersonal(actor: Actor, showPii = false): void {
  if (!showPii || can(actor, 'personal').allowed) return
  throw refused('Personal data are unmasked for those only who have the permission "personal".', 403)
}
