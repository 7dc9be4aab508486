import {
  InDoubtDecision,
  InDoubtList,
  InDoubtPath,
  InDoubtQuery,
  InDoubtResolved,
} from '../operations/transaction-schemas.ts'
import { whole } from '../people/permissions.ts'
import { type ControlRoute, route } from './route.ts'

export const transactionRoutes: readonly ControlRoute[] = [
  route('/api/v1/indoubt', 'Transactions that are not over, and what their databases say', {
    needs: 'view',
    query: InDoubtQuery,
    answer: InDoubtList,
    handle: ({ operations }, { query }) => operations.transactions.inDoubt(query.gid),
  }),
  route('/api/v1/indoubt/{gid}/decision', 'Ends what no log explains, or acknowledges a mixed outcome', {
    needs: 'resolve',
    params: InDoubtPath,
    body: InDoubtDecision,
    about: () => whole,
    state: ({ operations }, { params }) => operations.transactions.inDoubt(params.gid),
    answer: InDoubtResolved,
    handle: async ({ operations }, { params, body }) => {
      return { done: await operations.transactions.resolve(params.gid, body) }
    },
  }),
]
