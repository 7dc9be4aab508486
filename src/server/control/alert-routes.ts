import { Type } from 'typebox'
import { defaultRules } from '../../observe/alerts/default-rules.ts'
import { metricInfo } from '../../observe/metric-catalogue.ts'
import {
  Acknowledgement,
  AlertDetail,
  AlertList,
  AlertPath,
  AlertSilence,
  type AlertView,
  ChannelPath,
  ChannelTest,
  ChannelTested,
  NewSilence,
  SilenceEnd,
  SilenceList,
  SilencePath,
  SilenceView,
} from '../operations/alert-schemas.ts'
import { refused } from '../operations/deciding.ts'
import type { Operations } from '../operations/operations.ts'
import { type ActionObject, type Actor, can, seesAll } from '../people/permissions.ts'
import { byOf } from './landscape-routes.ts'
import { type ControlRoute, route } from './route.ts'

export const alertRoutes: readonly ControlRoute[] = [
  route('/api/v1/alerts', 'What fires, one for each cause, with silences and channels', {
    needs: 'view',
    answer: AlertList,
    handle: async ({ operations }, { actor }) => {
      const { alerts, recent, silences, ...rest } = await operations.alerts.list()
      const seen = silences.filter(silence => seesSilence(actor, silence))
      return { ...rest, alerts: seenBy(actor, alerts), recent: seenBy(actor, recent), silences: seen }
    },
  }),
  route('/api/v1/alerts/{id}', 'One alert, with what became of it', {
    needs: 'view',
    params: AlertPath,
    answer: AlertDetail,
    handle: async ({ operations }, { params, actor }) => {
      const found = await operations.alerts.show(params.id)
      if (found && seenBy(actor, [found.alert]).length > 0) return found
      throw refused(`There is no alert ${params.id}.`, 404)
    },
  }),
  route('/api/v1/alerts/{id}/silence', 'Tells nobody of an alert until a time', {
    needs: 'alerts',
    about: ({ params }) => objectOf(params.id),
    params: AlertPath,
    body: AlertSilence,
    answer: SilenceView,
    handle: async ({ operations }, { params, body, actor }) => {
      await mustReach(operations, actor, params.id)
      return operations.alerts.silence(params.id, { ...body, by: byOf(actor, body.by) })
    },
  }),
  route('/api/v1/alerts/{id}/acknowledge', 'Says that somebody has it', {
    needs: 'alerts',
    about: ({ params }) => objectOf(params.id),
    params: AlertPath,
    body: Acknowledgement,
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body, actor }) => {
      await mustReach(operations, actor, params.id)
      await operations.alerts.acknowledge(params.id, { ...body, by: byOf(actor, body.by) })
      return {}
    },
  }),
  route('/api/v1/silences', 'The silences that have not ended', {
    needs: 'view',
    answer: SilenceList,
    handle: async ({ operations }, { actor }) => {
      const silences = await operations.alerts.silences()
      return { silences: silences.filter(silence => seesSilence(actor, silence)) }
    },
  }),
  route('/api/v1/silences', 'Tells nobody of the alerts that fit, until a time', {
    needs: 'alerts',
    about: ({ body }) => ({ flow: body.match.flow, system: body.match.system }),
    body: NewSilence,
    answer: SilenceView,
    handle: ({ operations }, { body, actor }) =>
      operations.alerts.addSilence({ ...body, by: byOf(actor, body.by) }),
  }),
  route('/api/v1/silences/{id}/end', 'Ends a silence before its time', {
    needs: 'alerts',
    params: SilencePath,
    body: SilenceEnd,
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body, actor }) => {
      await operations.alerts.endSilence(params.id, { by: byOf(actor, body.by) })
      return {}
    },
  }),
  route('/api/v1/alert-channels/{name}/test', 'Sends a test message to a channel', {
    needs: 'alerts',
    params: ChannelPath,
    body: ChannelTest,
    answer: ChannelTested,
    handle: ({ operations }, { params }) => operations.alerts.test(params.name),
  }),
]

/** What an id says of its alert, if its rule comes with Isthmus. The labels themselves are looked at before anything is done. */
function objectOf(id: string): ActionObject {
  const [name, ...values] = id.split('~')
  const rule = defaultRules.find(each => each.name === name)
  const labels = [...(metricInfo(rule?.metric ?? '')?.labels ?? [])].sort()
  const { flow, system, saga = flow } = Object.fromEntries(labels.map((label, n) => [label, values[n]]))
  return { flow: saga, system }
}

/** Throws CONTROL-REFUSED for an alert that is out of reach, as for one that is not there. */
async function mustReach(operations: Operations, actor: Actor, id: string): Promise<void> {
  const found = await operations.alerts.show(id)
  const { flow, system, saga = flow, transaction = saga } = found?.alert.labels ?? {}
  if (found && can(actor, 'alerts', { flow: transaction, system }).allowed) return
  throw refused(`There is no alert ${id} that fires.`, 404)
}

/** Sagas and transactions are in scope as flows are, by their names. */
function seenBy(actor: Actor, alerts: readonly AlertView[]): AlertView[] {
  const sees = ({ labels }: Pick<AlertView, 'labels'>) => {
    const { flow, system, saga = flow, transaction = saga } = labels
    return can(actor, 'view', { flow: transaction, system }).allowed
  }
  return alerts.filter(sees).map(alert => ({ ...alert, consequences: alert.consequences.filter(sees) }))
}

/** One for a single alert is seen where that alert is: by who sees everything, else with it. */
function seesSilence(actor: Actor, { match }: Pick<SilenceView, 'match'>): boolean {
  const { alert, flow, system } = match
  return seesAll(actor) || (alert === undefined && can(actor, 'view', { flow, system }).allowed)
}
