import { refused } from '../operations/deciding.ts'
import { flowDetail, flowVersion, systemDetail } from '../operations/landscape/detail.ts'
import type { Sees } from '../operations/landscape/landscape-view.ts'
import {
  ChangesAnswer,
  ChangesQuery,
  FlowDetail,
  FlowPath,
  FlowVersion,
  FlowVersionPath,
  LandscapeState,
  LineageAnswer,
  LineageQuery,
  ModelDetail,
  ModelList,
  ModelPath,
  PauseAnswer,
  PauseOrder,
  ResumeOrder,
  SeriesAnswer,
  SeriesQuery,
  SystemDetail,
  SystemPath,
} from '../operations/landscape/schemas.ts'
import { type Actor, can } from '../people/permissions.ts'
import { type ControlGround, type ControlRoute, route } from './route.ts'

export const landscapeRoutes: readonly ControlRoute[] = [
  route('/api/v1/landscape/state', 'How islands and bridges stand: states, figures, places on the map', {
    needs: 'view',
    answer: LandscapeState,
    handle: ({ views }, { actor }) => views.landscape.state(seesOf(actor)),
  }),
  route('/api/v1/series', 'Figures of a flow or a system over time, with what changed', {
    needs: 'view',
    query: SeriesQuery,
    answer: SeriesAnswer,
    handle: async ({ views }, { query }) => {
      const { flow, system, range } = query
      if (flow !== undefined && system === undefined)
        return views.landscape.series(`flow ${flow}`, range, { flow })
      if (system !== undefined && flow === undefined)
        return views.landscape.series(`system ${system}`, range, { system })
      throw refused('Give either flow or system.', 400)
    },
  }),
  route('/api/v1/changes', 'Starts, versions, pauses, and systems that went and came, the oldest first', {
    needs: 'view',
    query: ChangesQuery,
    answer: ChangesAnswer,
    handle: async ({ views }, { query, actor }) => {
      const { from = 0, flow, system } = query
      const about = { ...(flow !== undefined && { flow }), ...(system !== undefined && { system }) }
      const sees = seesOf(actor)
      const changes = views.landscape.sight.changes.since(from, about)
      return { changes: changes.filter(each => sees(named(each))) }
    },
  }),
  route('/api/v1/flows/{flow}', 'One flow: its steps as written, state, versions, limits and sheet', {
    needs: 'view',
    params: FlowPath,
    answer: FlowDetail,
    handle: async ({ views }, { params, actor }) =>
      found(await flowDetail(views.landscape, params.flow, seesOf(actor)), `flow ${params.flow}`),
  }),
  route('/api/v1/flows/{flow}/versions/{version}', 'A version of a flow, line by line', {
    needs: 'view',
    params: FlowVersionPath,
    answer: FlowVersion,
    handle: async ({ views }, { params: { flow, version } }) =>
      found(await flowVersion(views.landscape, flow, version), `version ${version} of flow ${flow}`),
  }),
  route('/api/v1/flows/{flow}/pause', 'Lets a flow begin nothing; messages are accepted and wait', {
    needs: 'operate',
    params: FlowPath,
    body: PauseOrder,
    answer: PauseAnswer,
    handle: async ({ views }, { params: { flow }, body, actor }) => {
      const { why, until } = body
      mustKnow(views, flow)
      const pause = { by: byOf(actor, body.by), why, at: Date.now(), ...(until !== undefined && { until }) }
      await views.landscape.pause(flow, pause)
      return { flow, pause }
    },
  }),
  route('/api/v1/flows/{flow}/resume', 'Lets a flow that is paused go on', {
    needs: 'operate',
    params: FlowPath,
    body: ResumeOrder,
    answer: PauseAnswer,
    handle: async ({ views }, { params: { flow }, body, actor }) => {
      mustKnow(views, flow)
      if (views.landscape.pauseOf(flow))
        await views.landscape.resume(flow, { by: byOf(actor, body.by), why: body.why, at: Date.now() })
      return { flow }
    },
  }),
  route('/api/v1/systems/{system}', 'One system: state, limits, channels and who uses them', {
    needs: 'view',
    params: SystemPath,
    answer: SystemDetail,
    handle: async ({ views }, { params, actor }) =>
      found(await systemDetail(views.landscape, params.system, seesOf(actor)), `system ${params.system}`),
  }),
  route('/api/v1/models', 'The models of the landscape', {
    needs: 'view',
    answer: ModelList,
    handle: async ({ views }, { actor }) => views.models.list(seesOf(actor)),
  }),
  route('/api/v1/models/{model}', 'One model: fields, rules, and which fields are made of which', {
    needs: 'view',
    params: ModelPath,
    answer: ModelDetail,
    handle: async ({ views }, { params, actor }) =>
      found(await views.models.detail(params.model, seesOf(actor)), `model ${params.model}`),
  }),
  route('/api/v1/lineage', 'Where a field comes from, who uses it, and what a change would reach', {
    needs: 'view',
    query: LineageQuery,
    answer: LineageAnswer,
    handle: async ({ views }, { query, actor }) =>
      found(await views.models.lineage(query, seesOf(actor)), `model ${query.model}`),
  }),
]

/** What who asks may see. */
export function seesOf(actor: Actor): Sees {
  return object => can(actor, 'view', object).allowed
}

/** Who orders: the holder of the local token may say so; an account is itself. */
export function byOf(actor: Actor, given: string | undefined): string {
  return actor.by === 'local' && given !== undefined ? given : actor.name
}

function found<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value
  throw refused(`There is no ${what}.`, 404)
}

function mustKnow(views: ControlGround['views'], flow: string): void {
  found(
    views.landscape.sight.landscape.flows.find(({ name }) => name === flow),
    `flow ${flow}`,
  )
}

function named({
  flow,
  system,
}: {
  readonly flow?: string | undefined
  readonly system?: string | undefined
}) {
  return { ...(flow !== undefined && { flow }), ...(system !== undefined && { system }) }
}
