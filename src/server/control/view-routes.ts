import { Type } from 'typebox'
import type { Known } from '../people/people.ts'
import { Nothing } from '../people/people-schemas.ts'
import { can, whole } from '../people/permissions.ts'
import { View, ViewList, ViewOrder, ViewPath } from '../people/view-schemas.ts'
import { type ControlRoute, route } from './route.ts'

/** Views of the console's lists, which everybody keeps for themselves or shares. */
export const viewRoutes: readonly ControlRoute[] = [
  route('/api/v1/views', 'The saved views: the own ones and those that are shared', {
    needs: 'self',
    answer: ViewList,
    handle: async ({ people }, { known }) => ({ views: people.views.seenBy(ownerOf(known), known.actor) }),
  }),
  route('/api/v1/views/new', 'Saves a view; one of the same name and place is replaced', {
    needs: 'self',
    body: ViewOrder,
    answer: View,
    handle: ({ people }, { body, known }) => people.views.save(ownerOf(known), body),
  }),
  route(
    '/api/v1/views/{view}/remove',
    'Deletes an own view, or, with the permission `people`, a shared one',
    {
      needs: 'self',
      params: ViewPath,
      body: Nothing,
      answer: Type.Object({}),
      handle: async ({ people }, { params, known }) => {
        const mayOthers = can(known.actor, 'people', whole).allowed
        await people.views.remove(params.view, ownerOf(known), mayOthers)
        return {}
      },
    },
  ),
]

/** Tokens keep the views of their account. */
function ownerOf({ account, actor }: Known): string {
  return account?.name ?? actor.name
}
