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
import { openApi } from './openapi.ts'
import { type ControlGround, type ControlRoute, route } from './route.ts'
import { sagaRoutes } from './saga-routes.ts'
import { transactionRoutes } from './transaction-routes.ts'

const Health = Type.Object({ status: Type.Literal('ok'), instance: Type.String() })

/** Every route there is: the server, the OpenAPI document and the tests are made of this table. */
export const controlRoutes: readonly ControlRoute[] = [
  route('/healthz', 'Whether the process lives', {
    access: 'open',
    answer: Health,
    handle: async ground => healthOf(ground, ground.health().live),
  }),
  route('/readyz', 'Whether messages are accepted', {
    access: 'open',
    answer: Health,
    handle: async ground => healthOf(ground, ground.health().ready),
  }),
  route('/metrics', 'Metrics in the text format of Prometheus', {
    answer: Type.String(),
    contentType: PrometheusText.contentType,
    handle: ({ metrics }) => metrics(),
  }),
  route('/api/v1/openapi.json', 'This description', {
    answer: Type.Object({}),
    handle: async ({ version }) => openApi(controlRoutes, version),
  }),
  route('/api/v1/status', 'How the instance and its flows stand', {
    answer: Status,
    handle: ({ operations }) => operations.status(),
  }),
  route('/api/v1/flows', 'How the flows stand', {
    answer: FlowStatuses,
    handle: async ({ operations }) => ({ flows: (await operations.status()).flows }),
  }),
  route('/api/v1/landscape', 'Systems and flows, as data and as a drawing', {
    answer: Graph,
    handle: async ({ landscape }) => landscapeGraph(landscape),
  }),
  route('/api/v1/balance', 'The proof of conservation, counted message by message', {
    query: BalanceQuery,
    answer: Balance,
    handle: ({ operations }, { query }) => operations.balance(query.flow),
  }),
  route(
    '/api/v1/messages',
    'The messages of a business key or an id, with everything that happened to them',
    {
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
    params: MessagePath,
    body: SingleDecision,
    answer: DecisionReport,
    handle: async ({ operations }, { params, body }) => {
      await operations.decisions.one(params, body)
      return { done: 1, refused: [] }
    },
  }),
  route('/api/v1/sources/{source}/resync', 'Forgets the place of a source, and lets it begin anew', {
    params: SourcePath,
    body: SourceDecision,
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body }) => {
      await operations.resync(params.source, body)
      return {}
    },
  }),
  route('/api/v1/sources/{source}/retry', 'Lets a source that has failed try again at once', {
    params: SourcePath,
    body: SourceDecision,
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body }) => {
      await operations.retry(params.source, body)
      return {}
    },
  }),
  route('/api/v1/projections/{projection}/rebuild', 'Makes the rows of a projection anew from the events', {
    params: ProjectionPath,
    body: SourceDecision,
    answer: Rebuilt,
    handle: ({ operations }, { params, body }) => operations.rebuild(params.projection, body),
  }),
  route('/api/v1/parked', 'Messages that wait for a decision', {
    query: ParkedQuery,
    answer: ParkedPage,
    handle: ({ operations }, { query }) => operations.parked(query),
  }),
  route(
    '/api/v1/parked/decision',
    'Decides about all messages set aside that fit a filter, a thousand at a time',
    {
      body: BulkDecision,
      answer: DecisionReport,
      handle: ({ operations }, { body }) => operations.decisions.many(body),
    },
  ),
  ...sagaRoutes,
  ...transactionRoutes,
  route('/api/v1/replay/preview', 'What it would do to run these messages again', {
    body: ReplayQuestion,
    answer: ReplayPreview,
    handle: ({ operations }, { body }) => operations.replays.preview(body),
  }),
  route('/api/v1/replay', 'Lets messages that have ended run again, two hundred at a time', {
    body: ReplayOrder,
    answer: ReplayReport,
    handle: ({ operations }, { body }) => operations.replays.run(body),
  }),
]

async function healthOf({ instance }: ControlGround, well: boolean): Promise<Static<typeof Health>> {
  if (well) return { status: 'ok', instance }
  throw refused('Not now.', 503)
}
