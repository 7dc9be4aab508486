import type { Landscape } from '../../flow/landscape.ts'
import type { MessageSearch, Operations } from '../operations/operations.ts'
import type { Balance, ParkedPage, ParkedQuery, Status, TracedMessage } from '../operations/schemas.ts'
import type { Workers } from '../operations/worker-schemas.ts'
import { type Actor, can, type Permission, seesAll } from './permissions.ts'
import { seenLandscape } from './seen-landscape.ts'

/** The operations as far as the actor sees: lists hold what is in its scope, and nothing else shows by them. */
export function seenOperations(operations: Operations, landscape: Landscape, actor: Actor): Operations {
  return seesAll(actor) ? operations : new SeenOperations(operations, landscape, actor)
}

/**
 * Orders, and questions about one thing by its name, are passed on: the route has found their objects in the scope. A page
 * may hold less than was asked for.
 */
class SeenOperations implements Operations {
  readonly decisions: Operations['decisions']
  readonly sagas: Operations['sagas']
  readonly transactions: Operations['transactions']
  readonly pipelines: Operations['pipelines']
  readonly replays: Operations['replays']
  readonly batches: Operations['batches']
  readonly edits: Operations['edits']
  readonly failures: Operations['failures']
  /** Its routes show of it what is in the scope. */
  readonly alerts: Operations['alerts']
  readonly #all: Operations
  readonly #actor: Actor
  readonly #systems: ReadonlySet<string>

  constructor(all: Operations, landscape: Landscape, actor: Actor) {
    this.#all = all
    this.#actor = actor
    this.#systems = new Set(seenLandscape(landscape, actor).systems.map(({ name }) => name))
    this.decisions = all.decisions
    this.replays = all.replays
    // Its routes look at the flows of each batch.
    this.batches = all.batches
    this.edits = all.edits
    this.failures = {
      report: query => all.failures.report(query, flow => this.#sees(flow)),
      note: (group, note, by) => all.failures.note(group, note, by),
    }
    this.alerts = all.alerts
    const { sagas, transactions } = all
    this.sagas = {
      list: async query => {
        const page = await sagas.list(query)
        return { ...page, sagas: page.sagas.filter(({ saga }) => this.#sees(saga)) }
      },
      show: (saga, key, showPii) => sagas.show(saga, key, showPii),
      start: (saga, order) => sagas.start(saga, order),
      decide: (saga, key, order) => sagas.decide(saga, key, order),
    }
    this.transactions = {
      inDoubt: async gid => {
        const found = await transactions.inDoubt(gid)
        const unasked = found.unasked.filter(({ system }) => this.#systems.has(system))
        return { transactions: found.transactions.filter(each => this.#sees(each.transaction)), unasked }
      },
      resolve: (gid, order) => transactions.resolve(gid, order),
    }
    const { pipelines } = all
    this.pipelines = {
      list: async () => ({
        pipelines: (await pipelines.list()).pipelines.filter(({ pipeline }) => this.#sees(pipeline)),
      }),
      runs: (pipeline, query) => pipelines.runs(pipeline, query),
      run: (pipeline, key) => pipelines.run(pipeline, key),
      order: (pipeline, order) => pipelines.order(pipeline, order),
      backfill: (pipeline, order) => pipelines.backfill(pipeline, order),
      decide: (pipeline, key, order) => pipelines.decide(pipeline, key, order),
      rows: (pipeline, query) => pipelines.rows(pipeline, query),
      record: (pipeline, query) => pipelines.record(pipeline, query),
      decideRows: (pipeline, order) => pipelines.decideRows(pipeline, order),
      query: order => pipelines.query(order),
    }
  }

  async workers(): Promise<Workers> {
    const found = await this.#all.workers()
    const sees = (source: string) => this.#systems.has(source.split('.')[0] as string)
    const workers = found.workers.map(each => ({ ...each, sources: each.sources.filter(sees) }))
    return { ...found, unread: found.unread.filter(sees), workers }
  }

  async status(): Promise<Status> {
    const status = await this.#all.status()
    return {
      ...status,
      flows: status.flows.filter(({ flow }) => this.#sees(flow)),
      systems: status.systems.filter(({ system }) => this.#systems.has(system)),
      drift: status.drift?.filter(({ source }) => this.#systems.has(source.split('.')[0] ?? '')),
      sagas: status.sagas.filter(({ saga }) => this.#sees(saga)),
    }
  }

  /** Of streams, sagas and transactions only what can be told by name. */
  async balance(flow?: string): Promise<Balance> {
    const { balanced, flows } = await this.#all.balance(flow)
    return { balanced, flows: flows.filter(each => this.#sees(each.flow)) }
  }

  async messages(which: MessageSearch): Promise<TracedMessage[]> {
    return (await this.#all.messages(which)).filter(({ flow }) => this.#sees(flow, 'payload'))
  }

  why: Operations['why'] = query =>
    this.#all.why(query, {
      messages: which => this.messages(which),
      pipeline: name => this.#sees(name, 'payload'),
    })

  async parked(query: ParkedQuery): Promise<ParkedPage> {
    const page = await this.#all.parked(query)
    return { ...page, messages: page.messages.filter(({ flow }) => this.#sees(flow)) }
  }

  resync: Operations['resync'] = (source, order) => this.#all.resync(source, order)
  retry: Operations['retry'] = (source, order) => this.#all.retry(source, order)
  rebuild: Operations['rebuild'] = (projection, order) => this.#all.rebuild(projection, order)

  #sees(flow: string, permission: Permission = 'view'): boolean {
    return can(this.#actor, permission, { flow }).allowed
  }
}
