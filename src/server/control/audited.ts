import { randomUUID } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import { type AuditEntry, hashOfState, type Outcome } from '../people/audit/audit-record.ts'
import { asksUnmasked } from './gate.ts'
import type { ControlGround, ControlRequest, ControlRoute } from './route.ts'

/**
 * Handles a request. An order is written into the audit before it is carried out, and with its outcome after: what
 * cannot be written is not done. Reading personal data unmasked is written too.
 */
export async function audited(
  route: ControlRoute,
  ground: ControlGround,
  request: ControlRequest,
): Promise<unknown> {
  const isOrder = route.method === 'POST' && !route.asks
  if (isOrder) return ordered(route, ground, request)
  if (asksUnmasked(request)) {
    const entry = entryOf(route, request)
    await ground.people.audit.write({
      ...entry,
      action: `${entry.action}:personal`,
      phase: 'done',
      outcome: 'ok',
    })
  }
  return route.handle(ground, request)
}

async function ordered(
  route: ControlRoute,
  ground: ControlGround,
  request: ControlRequest,
): Promise<unknown> {
  const { audit } = ground.people
  const state = async () => hashOfState(await route.state?.(ground, request))
  const entry = { ...entryOf(route, request), before: await state() }
  await audit.write({ ...entry, phase: 'asked' })
  try {
    const answer = await route.handle(ground, request)
    const done = { ...entry, phase: 'done', outcome: 'ok', times: timesOf(answer) } as const
    // It has happened, and the answer says so, also where the audit cannot: there it stays open.
    const after = await state().catch(() => undefined)
    await audit.write({ ...done, after }).catch(() => {})
    return answer
  } catch (error) {
    await audit.write({ ...entry, phase: 'done', ...outcomeOf(error) }).catch(() => {})
    throw error
  }
}

type About = Pick<AuditEntry, 'operation' | 'actor' | 'how' | 'address' | 'action' | 'object' | 'why'>

export function entryOf(route: ControlRoute, request: ControlRequest): About {
  const { actor, caller, body } = request
  const { by, why, decision } = (body ?? {}) as Said & { decision?: Said }
  const name = actor.by === 'local' ? (by ?? decision?.by ?? actor.name) : actor.name
  const reason = why ?? decision?.why
  return {
    operation: randomUUID(),
    actor: name,
    how: actor.by,
    address: caller.address,
    action: actionOf(route, body),
    object: objectOf(request),
    ...(reason !== undefined && { why: reason }),
  }
}

interface Said {
  readonly by?: string
  readonly why?: string
  readonly do?: string
}

/** `flows.messages.decision:discard`: a name that stays, for programs that tell it in their own words. */
export function actionOf({ path }: Pick<ControlRoute, 'path'>, body: unknown): string {
  const words = path.split('/').filter(word => !/^(|api|v1|\{.*\})$/.test(word))
  const { do: what, decision } = (body ?? {}) as Said & { decision?: Said }
  const verb = what ?? decision?.do
  return words.join('.') + (typeof verb === 'string' ? `:${verb}` : '')
}

function objectOf({ params, query, body, known }: ControlRequest): string {
  const { account, ...named } = (params ?? {}) as Record<string, string | number>
  const about = account ?? (Object.keys(named).length === 0 ? known.account?.name : undefined)
  const { filter, name } = (body ?? {}) as { filter?: object; name?: unknown }
  const parts = [
    ...(about === undefined || filter ? [] : [`account ${about}`]),
    ...(Object.keys(named).length > 0 ? [Object.values(named).join('/')] : []),
    ...(filter ? [JSON.stringify(filter)] : []),
    ...(typeof name === 'string' ? [name] : []),
    ...(query && Object.keys(query).length > 0 ? [JSON.stringify(query)] : []),
  ]
  return parts.join(' ')
}

/** Where an answer tells of how many it was done. */
function timesOf(answer: unknown): number | undefined {
  const { done } = (answer ?? {}) as { done?: unknown }
  return typeof done === 'number' ? done : undefined
}

function outcomeOf(error: unknown): { outcome: Outcome; status?: number } {
  const status = error instanceof IsthmusError ? Number(error.detail.status ?? 0) : 0
  if (status === 401 || status === 403) return { outcome: 'denied', status }
  const isRefused = error instanceof IsthmusError && error.code === 'CONTROL-REFUSED'
  if (!isRefused || status >= 500) return { outcome: 'failed', ...(status > 0 && { status }) }
  return { outcome: 'refused', ...(status > 0 && { status }) }
}
