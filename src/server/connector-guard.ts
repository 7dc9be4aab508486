import { AsyncLocalStorage } from 'node:async_hooks'
import type { Landscape } from '../flow/landscape.ts'
import type { Redactor } from '../observe/redactor.ts'
import type { ConnectContext, Connection } from '../system/connector.ts'
import type { Intake, Participant, Source } from '../system/roles.ts'
import type { RouteTable } from '../system/route.ts'
import type { System } from '../system/system.ts'
import type { Warehouse } from '../system/warehouse.ts'

/** The system whose connector the running code belongs to, also in timers and callbacks it has started. */
const inside = new AsyncLocalStorage<string | undefined>()

export function currentSystem(): string | undefined {
  return inside.getStore()
}

/**
 * The landscape with its connectors fenced in: whose code an uncaught error comes from is known, and no error that
 * leaves a connector carries the value of a secret.
 */
export function guardLandscape(landscape: Landscape, redactor: Redactor): Landscape {
  return { ...landscape, systems: landscape.systems.map(system => guardSystem(system, redactor)) }
}

function guardSystem(system: System, redactor: Redactor): System {
  const { connector } = system
  const fence = new Fence(system.name, redactor)
  const connect = async (context: ConnectContext): Promise<Connection> => {
    const guarded = { ...context, routes: fence.routes(context.routes) }
    return fence.around(await fence.run(() => connector.connect(guarded)))
  }
  return { ...system, connector: { ...connector, connect } }
}

class Fence {
  readonly #system: string
  readonly #redactor: Redactor

  constructor(system: string, redactor: Redactor) {
    this.#system = system
    this.#redactor = redactor
  }

  async run<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      const result = await inside.run(this.#system, work)
      if (Array.isArray(result))
        for (const answer of result) if (answer?.ok === false) this.#redactor.error(answer.error)
      return result
    } catch (error) {
      throw this.#redactor.error(error)
    }
  }

  /** The roles that a connection hands out are fenced in too. */
  around(connection: Connection): Connection {
    const { source, sink, requester, participant, warehouse } = connection
    const roles = {
      source:
        source && ((...args: Parameters<typeof source>) => this.#source(source.apply(connection, args))),
      sink: sink && ((...args: Parameters<typeof sink>) => this.#role(sink.apply(connection, args), 'write')),
      requester:
        requester &&
        ((...args: Parameters<typeof requester>) => this.#role(requester.apply(connection, args), 'ask')),
      participant: participant && (() => this.#participant(participant.apply(connection))),
      warehouse: warehouse && (() => this.#warehouse(warehouse.apply(connection))),
    }
    const given = Object.fromEntries(Object.entries(roles).filter(([, role]) => role))
    return {
      ...given,
      check: () => this.run(() => connection.check()),
      close: () => this.run(() => connection.close()),
    }
  }

  /** What a connector is called at. */
  routes(routes: RouteTable): RouteTable {
    return {
      add: route => routes.add({ ...route, handle: request => this.run(() => route.handle(request)) }),
    }
  }

  /** What a source calls is ours again. */
  #source(source: Source): Source {
    const { peek } = source
    return {
      run: (intake, signal) => this.run(() => source.run(outside(intake), signal)),
      ...(peek && { peek: signal => this.#each(() => peek.call(source, signal)) }),
    }
  }

  async *#each<T>(work: () => AsyncIterable<T>): AsyncGenerator<T> {
    const items = work()[Symbol.asyncIterator]()
    try {
      for (
        let next = await this.run(() => items.next());
        !next.done;
        next = await this.run(() => items.next())
      )
        yield next.value
    } finally {
      await items.return?.()
    }
  }

  #participant(participant: Participant): Participant {
    return {
      prepare: (branch, signal) => this.run(() => participant.prepare(branch, signal)),
      end: (id, how) => this.run(() => participant.end(id, how)),
      prepared: prefix => this.run(() => participant.prepared(prefix)),
      unfit: () => this.run(() => participant.unfit()),
    }
  }

  /** What it takes its rows from is ours again. */
  #warehouse(warehouse: Warehouse): Warehouse {
    return {
      dialect: warehouse.dialect,
      run: (statements, signal) => this.run(() => warehouse.run(statements, signal)),
      append: (table, columns, batches, signal) =>
        this.run(() =>
          warehouse.append(
            table,
            columns,
            stepwise(batches, next => inside.run(undefined, next)),
            signal,
          ),
        ),
      query: (sql, signal) => stepwise(warehouse.query(sql, signal), next => this.run(next)),
    }
  }

  #role<T extends object>(role: T, call: keyof T & string): T {
    const { batch, concurrency, probe } = role as { batch?: number; concurrency?: number; probe?: unknown }
    const fenced =
      (name: string) =>
      (...args: unknown[]) =>
        this.run(() => method(role, name).apply(role, args))
    return {
      ...(batch === undefined ? {} : { batch }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(probe === undefined ? {} : { probe: fenced('probe') }),
      [call]: fenced(call),
    } as T
  }
}

/** The same, with each step of it taken in another place. */
function stepwise<T>(
  iterable: AsyncIterable<T>,
  take: <R>(step: () => Promise<R>) => Promise<R>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = iterable[Symbol.asyncIterator]()
      const end = () =>
        take(async () => (await iterator.return?.()) ?? { done: true as const, value: undefined })
      return { next: () => take(() => iterator.next()), return: end }
    },
  }
}

function outside(intake: Intake): Intake {
  return {
    accept: (deliveries, options) => inside.run(undefined, () => intake.accept(deliveries, options)),
    position: () => inside.run(undefined, () => intake.position()),
  }
}

function method(role: object, name: string): (...args: unknown[]) => unknown {
  return (role as Record<string, (...args: unknown[]) => unknown>)[name] as (...args: unknown[]) => unknown
}
