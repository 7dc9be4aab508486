import { Readable } from 'node:stream'
import type { Tenure } from '../../engine/members/tenure.ts'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { coordinationLease } from '../../store/members.ts'
import type { Known } from '../people/people.ts'
import type { Actor } from '../people/permissions.ts'
import { seenOperations } from '../people/seen-operations.ts'
import { audited } from './audited.ts'
import {
  type ControlGround,
  type ControlRequest,
  type ControlRoute,
  type Elsewhere,
  WiredAnswer,
} from './route.ts'
import { controlRoutes } from './routes.ts'

/** A request as one member passes it to another, which trusts that it was allowed; nothing secret is in it. */
interface Forwarded {
  readonly route: string
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly actor: Actor
  readonly account?: string | undefined
  readonly address: string
  readonly agent: string
}

interface Told {
  readonly status: number
  readonly headers: WiredAnswer['headers']
  readonly body: Json
}

/**
 * What one member coordinates for all is asked of any: it is passed on to the one that does, through the store. Who asks
 * has been let in by then, and is written into the audit where the request is carried out.
 */
export class Forwarding implements Elsewhere {
  /** Of this instance; until it is there, nothing is answered for others. */
  ground: ControlGround | undefined
  readonly #tenure: () => Tenure | undefined

  constructor(tenure: () => Tenure | undefined) {
    this.#tenure = tenure
  }

  /** Whether another member has to answer. */
  isElsewhere({ coordinated }: ControlRoute): boolean {
    const tenure = this.#tenure()
    return coordinated && tenure?.member !== undefined && tenure.tokenOf(coordinationLease) === undefined
  }

  /** Throws as the route does there, or MEMBER-SILENT. */
  async ask(route: ControlRoute, request: ControlRequest): Promise<unknown> {
    const { params, query, body, actor, known, caller } = request
    const { address, agent } = caller
    const account = known.account?.name
    const asked: Forwarded = { route: nameOf(route), params, query, body, actor, account, address, agent }
    const order = asJson({ do: 'outside', request: asked })
    const told = (await this.#tenure()?.member?.ask(coordinationLease, order)) as Told | null | undefined
    if (!told) throw unavailable('The member that coordinates is starting or stopping.')
    return new WiredAnswer(told.body, told)
  }

  /** What another member has asked. Rejects as the route does. */
  async answer(request: Json): Promise<Json> {
    const { ground } = this
    const asked = request as unknown as Forwarded
    const route = controlRoutes.find(each => each.coordinated && nameOf(each) === asked.route)
    if (!ground || !route) throw unavailable('The member that coordinates does not know this yet.')
    return asJson(await carriedOut(route, ground, asked))
  }
}

async function carriedOut(route: ControlRoute, ground: ControlGround, asked: Forwarded): Promise<Told> {
  const { params, query, body, actor, address, agent } = asked
  const account = asked.account === undefined ? undefined : ground.people.accounts.find(asked.account)
  const known: Known = { actor, account }
  const caller = { address, agent, session: undefined, device: undefined, trip: undefined }
  const request = { params, query, body, actor, known, caller, lastEventId: undefined, alive: () => true }
  const operations = seenOperations(ground.operations, ground.landscape, actor)
  const found = await audited(route, { ...ground, operations }, request)
  const answer = found instanceof WiredAnswer ? found : new WiredAnswer(found)
  if (answer.body instanceof Readable) throw new Error(`${route.path} answers what cannot be passed on`)
  return { status: answer.status, headers: answer.headers, body: asJson(answer.body) }
}

function nameOf({ method, path }: ControlRoute): string {
  return `${method} ${path}`
}

function unavailable(text: string): IsthmusError {
  return new IsthmusError('CONTROL-REFUSED', `${text} Try again in a moment.`, { detail: { status: 503 } })
}

function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json
}
