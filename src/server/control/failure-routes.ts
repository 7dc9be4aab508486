import type { Static } from 'typebox'
import {
  Batch,
  BatchDecision,
  BatchList,
  BatchOrder,
  BatchPath,
  ItemPage,
  ItemsQuery,
  Selection,
  SelectionOrder,
  SelectionPath,
} from '../operations/batches/batch-schemas.ts'
import { refused } from '../operations/deciding.ts'
import { EditQuestion, TriedEdit } from '../operations/edits/edit-schemas.ts'
import {
  FailureQuery,
  FailureReport,
  GroupNote,
  GroupPath,
  NotedGroup,
} from '../operations/failures/failure-schemas.ts'
import { MessagePath } from '../operations/schemas.ts'
import { type Actor, can, type Permission } from '../people/permissions.ts'
import { type ControlRoute, route } from './route.ts'

/** What who orders a batch has to be allowed, for every flow of its messages. */
function neededFor({ do: what, effects }: Pick<Static<typeof BatchOrder>, 'do' | 'effects'>): Permission {
  if (what === 'discard') return 'discard'
  return effects === 'new' ? 'replay-new' : 'operate'
}

function seesFlow(actor: Actor, permission: Permission = 'view') {
  return (flow: string) => can(actor, permission, { flow }).allowed
}

function require(actor: Actor, permission: Permission, flows: readonly string[]): void {
  const missing = flows.find(flow => !can(actor, permission, { flow }).allowed)
  if (missing !== undefined)
    throw refused(`This needs the permission "${permission}" for all its flows.`, 403, {
      missing: permission,
    })
}

export const failureRoutes: readonly ControlRoute[] = [
  route('/api/v1/failures', 'Messages set aside, by their causes or flows', {
    needs: 'view',
    query: FailureQuery,
    answer: FailureReport,
    handle: ({ operations }, { query }) => operations.failures.report(query),
  }),
  route('/api/v1/failures/{group}/note', 'Says who has a group of failures, and what is known', {
    needs: 'view',
    params: GroupPath,
    body: GroupNote,
    answer: NotedGroup,
    handle: async ({ operations }, { params: { group }, body, actor }) => {
      const { groups } = await operations.failures.report({ group })
      const flows = groups.map(({ flow }) => flow)
      if (flows.length === 0) throw refused(`There is no group ${group} of failures.`, 404)
      require(actor, 'operate', flows)
      return operations.failures.note(group, body, actor.name)
    },
  }),
  route('/api/v1/flows/{flow}/messages/{seq}/try', 'What it would do to run a message with other data', {
    needs: 'edit',
    params: MessagePath,
    body: EditQuestion,
    asks: true,
    answer: TriedEdit,
    handle: ({ operations }, { params, body }) => operations.edits.try(params, body),
  }),
]

/** What is done with many messages. */
export const batchRoutes: readonly ControlRoute[] = [
  route('/api/v1/selections', 'Freezes which messages are meant', {
    needs: 'view',
    body: SelectionOrder,
    asks: true,
    answer: Selection,
    handle: ({ operations }, { body, actor }) => operations.batches.select(body, actor.name, seesFlow(actor)),
  }),
  route('/api/v1/selections/{selection}', 'What was frozen, counted', {
    needs: 'view',
    params: SelectionPath,
    answer: Selection,
    handle: async ({ operations }, { params, actor }) => {
      const found = await operations.batches.selection(params.selection)
      require(actor, 'view', found.flows.map(({ flow }) => flow))
      return found
    },
  }),
  route(
    '/api/v1/selections/{selection}/items',
    'Its messages as they stand now, and what its batch came to',
    {
      needs: 'view',
      params: SelectionPath,
      query: ItemsQuery,
      answer: ItemPage,
      handle: async ({ operations }, { params: { selection }, query, actor }) => {
        const { flows } = await operations.batches.selection(selection)
        require(actor, 'view', flows.map(({ flow }) => flow))
        return operations.batches.items(selection, query)
      },
    },
  ),
  route('/api/v1/batches', 'Does the same with all messages of a selection, stage by stage', {
    needs: 'view',
    body: BatchOrder,
    answer: Batch,
    handle: async ({ operations }, { body, actor }) => {
      const { flows } = await operations.batches.selection(body.selection)
      require(actor, neededFor(body), flows.map(({ flow }) => flow))
      return operations.batches.start(body, body.by ?? actor.name)
    },
  }),
  route('/api/v1/batches', 'Batches under way, and the last ones', {
    needs: 'view',
    answer: BatchList,
    handle: async ({ operations }, { actor }) => {
      const batches = await operations.batches.list()
      return { batches: batches.filter(({ flows }) => flows.every(seesFlow(actor))) }
    },
  }),
  route('/api/v1/batches/{batch}', 'How a batch stands', {
    needs: 'view',
    params: BatchPath,
    answer: Batch,
    handle: async ({ operations }, { params, actor }) => {
      const batch = await operations.batches.show(params.batch)
      require(actor, 'view', batch.flows)
      return batch
    },
  }),
  route('/api/v1/batches/{batch}/decision', 'Lets a batch go on, pauses or aborts it', {
    needs: 'view',
    params: BatchPath,
    body: BatchDecision,
    answer: Batch,
    handle: async ({ operations }, { params, body, actor }) => {
      const batch = await operations.batches.show(params.batch)
      require(actor, neededFor(batch), batch.flows)
      return operations.batches.decide(params.batch, body, body.by ?? actor.name)
    },
  }),
]
