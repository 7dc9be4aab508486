import { type Static, Type } from 'typebox'
import { PrometheusText } from '../../observe/prometheus-text.ts'
import { landscapeGraph } from '../landscape-graph.ts'
import { refused } from '../operations/deciding.ts'
import { messageName } from '../operations/operations.ts'
import { ReplayOrder, ReplayPreview, ReplayQuestion, ReplayReport } from '../operations/replay-schemas.ts'
import {
  Balance,
  BalanceQuery,
  BulkDecision,
  DecisionReport,
  FlowStatuses,
  Graph,
  MessageList,
  MessageOptions,
  MessagePath,
  MessageQuery,
  ParkedPage,
  ParkedQuery,
  ProjectionPath,
  Rebuilt,
  SingleDecision,
  SourceDecision,
  SourcePath,
  Status,
  TracedMessage,
} from '../operations/schemas.ts'
import { Workers } from '../operations/worker-schemas.ts'
import { type Permission, whole } from '../people/permissions.ts'
import { seenLandscape } from '../people/seen-landscape.ts'
import { alertRoutes } from './alert-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { batchRoutes, failureRoutes } from './failure-routes.ts'
import { landscapeRoutes } from './landscape-routes.ts'
import { liveRoutes } from './live-routes.ts'
import { messageRoutes } from './message-routes.ts'
import { openApi } from './openapi.ts'
import { ownRoutes } from './own-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { pipelineRoutes } from './pipeline-routes.ts'
import { type ControlGround, type ControlRoute, coordinated, route } from './route.ts'
import { sagaRoutes } from './saga-routes.ts'
import { transactionRoutes } from './transaction-routes.ts'
import { viewRoutes } from './view-routes.ts'
import { warehouseRoutes } from './warehouse-routes.ts'

const Health = Type.Object({ status: Type.Literal('ok'), instance: Type.String() })

/** What each decision about a message needs besides `operate`. */
const neededTo: Record<'retry' | 'edit' | 'confirm' | 'discard', readonly Permission[]> = {
  retry: [],
  edit: ['edit'],
  confirm: ['decide'],
  discard: ['discard'],
}

const projectionRoute = route(
  '/api/v1/projections/{projection}/rebuild',
  'Makes the rows of a projection anew from the events',
  {
    needs: 'operate',
    params: ProjectionPath,
    body: SourceDecision,
    about: () => whole,
    answer: Rebuilt,
    handle: ({ operations }, { params, body }) => operations.rebuild(params.projection, body),
  },
)

/** Every route there is: the server, the OpenAPI document and the tests are made of this table. */
export const controlRoutes: readonly ControlRoute[] = [
  route('/healthz', 'Whether the process lives', {
    needs: 'open',
    answer: Health,
    handle: async ground => healthOf(ground, ground.health().live),
  }),
  route('/readyz', 'Whether messages are accepted', {
    needs: 'open',
    answer: Health,
    handle: async ground => healthOf(ground, ground.health().ready),
  }),
  route('/metrics', 'Metrics in the text format of Prometheus', {
    needs: 'view',
    // It names everything.
    about: () => whole,
    answer: Type.String(),
    contentType: PrometheusText.contentType,
    handle: ({ metrics }) => metrics(),
  }),
  route('/api/v1/openapi.json', 'This description', {
    needs: 'self',
    answer: Type.Object({}),
    handle: async ({ version }) => openApi(controlRoutes, version),
  }),
  route('/api/v1/status', 'How the instance and its flows stand', {
    needs: 'view',
    answer: Status,
    handle: ({ operations }) => operations.status(),
  }),
  route('/api/v1/workers', 'The processes that work on the store, and on what', {
    needs: 'view',
    answer: Workers,
    handle: ({ operations }) => operations.workers(),
  }),
  route('/api/v1/flows', 'How the flows stand', {
    needs: 'view',
    answer: FlowStatuses,
    handle: async ({ operations }) => ({ flows: (await operations.status()).flows }),
  }),
  route('/api/v1/landscape', 'Systems and flows, as data and as a drawing', {
    needs: 'view',
    answer: Graph,
    handle: async ({ landscape }, { actor }) => landscapeGraph(seenLandscape(landscape, actor)),
  }),
  route('/api/v1/balance', 'The proof of conservation, counted message by message', {
    needs: 'view',
    query: BalanceQuery,
    answer: Balance,
    handle: ({ operations }, { query }) => operations.balance(query.flow),
  }),
  route(
    '/api/v1/messages',
    'The messages of a business key or an id, with everything that happened to them',
    {
      needs: 'payload',
      query: MessageQuery,
      answer: MessageList,
      handle: async ({ operations }, { query }) => {
        const { key, id, ...options } = query
        if (key !== undefined && id === undefined)
          return { messages: await operations.messages({ key, ...options }) }
        if (id !== undefined && key === undefined)
          return { messages: await operations.messages({ id, ...options }) }
        throw refused('Give either key or id.', 400)
      },
    },
  ),
  route('/api/v1/flows/{flow}/messages/{seq}', 'One message, with everything that happened to it', {
    needs: 'payload',
    params: MessagePath,
    query: MessageOptions,
    answer: TracedMessage,
    handle: async ({ operations }, { params, query }) => {
      const [message] = await operations.messages({ ...params, ...query })
      if (message) return message
      throw refused(`There is no message ${messageName(params)}.`, 404)
    },
  }),
  route('/api/v1/flows/{flow}/messages/{seq}/decision', 'Decides about one message that is set aside', {
    needs: 'operate',
    params: MessagePath,
    body: SingleDecision,
    more: ({ body }) => neededTo[body.do],
    state: async ({ operations }, { params }) => (await operations.messages({ ...params, showPii: true }))[0],
    answer: DecisionReport,
    handle: async ({ operations }, { params, body }) => {
      await operations.decisions.one(params, body)
      return { done: 1, refused: [] }
    },
  }),
  route('/api/v1/sources/{source}/resync', 'Forgets the place of a source, and lets it begin anew', {
    needs: 'operate',
    params: SourcePath,
    body: SourceDecision,
    about: ({ params }) => ({ system: params.source.split('.')[0] }),
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body }) => {
      await operations.resync(params.source, body)
      return {}
    },
  }),
  route('/api/v1/sources/{source}/retry', 'Lets a source that has failed try again at once', {
    needs: 'operate',
    params: SourcePath,
    body: SourceDecision,
    about: ({ params }) => ({ system: params.source.split('.')[0] }),
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body }) => {
      await operations.retry(params.source, body)
      return {}
    },
  }),
  ...coordinated([projectionRoute]),
  route('/api/v1/parked', 'Messages that wait for a decision', {
    needs: 'view',
    query: ParkedQuery,
    answer: ParkedPage,
    handle: ({ operations }, { query }) => operations.parked(query),
  }),
  route(
    '/api/v1/parked/decision',
    'Decides about all messages set aside that fit a filter, a thousand at a time',
    {
      needs: 'operate',
      body: BulkDecision,
      more: ({ body }) => neededTo[body.decision.do],
      about: ({ body }) => (body.filter.flow === undefined ? whole : { flow: body.filter.flow }),
      answer: DecisionReport,
      handle: ({ operations }, { body }) => operations.decisions.many(body),
    },
  ),
  ...messageRoutes,
  ...landscapeRoutes,
  ...coordinated(sagaRoutes),
  ...coordinated(transactionRoutes),
  ...coordinated(pipelineRoutes),
  ...coordinated(warehouseRoutes),
  ...failureRoutes,
  ...coordinated(batchRoutes),
  ...liveRoutes,
  ...ownRoutes,
  ...peopleRoutes,
  ...viewRoutes,
  ...auditRoutes,
  ...coordinated(alertRoutes),
  route('/api/v1/replay/preview', 'What it would do to run these messages again', {
    needs: 'payload',
    body: ReplayQuestion,
    asks: true,
    about: ({ body }) => (body.filter.flow === undefined ? whole : { flow: body.filter.flow }),
    answer: ReplayPreview,
    handle: ({ operations }, { body }) => operations.replays.preview(body),
  }),
  route('/api/v1/replay', 'Lets messages that have ended run again, two hundred at a time', {
    needs: 'operate',
    body: ReplayOrder,
    more: ({ body }) => (body.effects === 'new' ? ['replay-new'] : []),
    about: ({ body }) => (body.filter.flow === undefined ? whole : { flow: body.filter.flow }),
    answer: ReplayReport,
    handle: ({ operations }, { body }) => operations.replays.run(body),
  }),
]

async function healthOf({ instance }: ControlGround, well: boolean): Promise<Static<typeof Health>> {
  if (well) return { status: 'ok', instance }
  throw refused('Not now.', 503)
}
