import { refused } from '../operations/deciding.ts'
import {
  BackfillOrder,
  Ordered,
  PipelineList,
  PipelinePath,
  RowDecision,
  RowPage,
  RowsDecided,
  RowsQuery,
  RunDecision,
  RunDetail,
  RunOrder,
  RunPage,
  RunPath,
  RunsQuery,
} from '../operations/pipelines/pipeline-schemas.ts'
import { QualityRecord, RecordQuery, WatchedChannels } from '../operations/pipelines/quality-schemas.ts'
import { can } from '../people/permissions.ts'
import { type ControlRoute, route } from './route.ts'

/** In scopes a pipeline counts as a flow. */
const about = ({ params }: { readonly params: { readonly pipeline: string } }) => ({ flow: params.pipeline })

export const pipelineRoutes: readonly ControlRoute[] = [
  route('/api/v1/pipelines', 'The pipelines, with their last runs', {
    needs: 'view',
    answer: PipelineList,
    handle: ({ operations }) => operations.pipelines.list(),
  }),
  route('/api/v1/pipelines/{pipeline}/runs', 'Runs of a pipeline, the newest first', {
    needs: 'view',
    params: PipelinePath,
    query: RunsQuery,
    about,
    answer: RunPage,
    handle: ({ operations }, { params, query }) => operations.pipelines.runs(params.pipeline, query),
  }),
  route('/api/v1/pipelines/{pipeline}/runs/{key}', 'One run, with its tasks and checks', {
    needs: 'view',
    params: RunPath,
    about,
    answer: RunDetail,
    handle: async ({ operations }, { params, actor }) => {
      const run = await operations.pipelines.run(params.pipeline, params.key)
      const seesRows = can(actor, 'payload', { flow: params.pipeline }).allowed
      if (run) return seesRows ? run : { ...run, checks: run.checks.map(each => ({ ...each, examples: [] })) }
      throw refused(`Pipeline ${params.pipeline} has no run ${params.key}.`, 404)
    },
  }),
  route('/api/v1/pipelines/{pipeline}/run', 'Begins a run, or begins anew one that is over', {
    needs: 'operate',
    params: PipelinePath,
    body: RunOrder,
    about,
    answer: Ordered,
    handle: ({ operations }, { params, body }) => operations.pipelines.order(params.pipeline, body),
  }),
  route('/api/v1/pipelines/{pipeline}/backfill', 'Begins a run for every planned time of a range', {
    needs: 'operate',
    params: PipelinePath,
    body: BackfillOrder,
    about,
    answer: Ordered,
    handle: ({ operations }, { params, body }) => operations.pipelines.backfill(params.pipeline, body),
  }),
  route('/api/v1/pipelines/{pipeline}/runs/{key}/decision', 'Resumes, cancels or repairs a run', {
    needs: 'operate',
    params: RunPath,
    body: RunDecision,
    about,
    state: async ({ operations }, { params }) => await operations.pipelines.run(params.pipeline, params.key),
    answer: Ordered,
    handle: ({ operations }, { params, body }) =>
      operations.pipelines.decide(params.pipeline, params.key, body),
  }),
  route('/api/v1/sentinels', 'The channels that are watched, and what was not as in their profiles', {
    needs: 'view',
    answer: WatchedChannels,
    handle: async ({ views }, { actor }) => {
      return { channels: views.drift.watched(system => can(actor, 'view', { system }).allowed) }
    },
  }),
  route('/api/v1/pipelines/{pipeline}/rows', 'Rows of a pipeline that were set aside', {
    needs: 'payload',
    params: PipelinePath,
    query: RowsQuery,
    about,
    answer: RowPage,
    handle: ({ operations }, { params, query }) => operations.pipelines.rows(params.pipeline, query),
  }),
  route('/api/v1/pipelines/{pipeline}/quality', 'What the last runs of a pipeline found of each table', {
    needs: 'view',
    params: PipelinePath,
    query: RecordQuery,
    about,
    answer: QualityRecord,
    handle: ({ operations }, { params, query }) => operations.pipelines.record(params.pipeline, query),
  }),
  route('/api/v1/pipelines/{pipeline}/rows/decision', 'Mends rows that were set aside, or gives them up', {
    needs: 'operate',
    params: PipelinePath,
    body: RowDecision,
    more: ({ body }) => (body.do === 'fix' ? ['edit'] : body.do === 'discard' ? ['discard'] : []),
    about,
    answer: RowsDecided,
    handle: ({ operations }, { params, body }) => operations.pipelines.decideRows(params.pipeline, body),
  }),
]
