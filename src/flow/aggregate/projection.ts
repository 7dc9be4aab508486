import { Type } from 'typebox'
import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { type Model, model } from '../../model/model.ts'
import { callSite } from '../../system/call-site.ts'
import type { RequesterChannel } from '../../system/channel.ts'
import { type Effect, read } from '../../system/effect.ts'
import { aggregatesSystem } from '../../system/own-system.ts'
import { checkName } from '../../system/system.ts'
import type { Aggregate, EventModels, RecordedEvent } from './aggregate.ts'
import type { ProjectionDefinition, QueryRole } from './definition.ts'
import { pascal } from './record-models.ts'

export interface ProjectionOptions<R, E extends EventModels> {
  /** Whose events it is made of. */
  // biome-ignore lint/suspicious/noExplicitAny: the state of an aggregate is invariant, and does not matter here
  readonly from: Aggregate<any, E>
  /** One of its rows. */
  readonly row: Model<R>
  /**
   * What an event makes of the rows, each of which is found by a key. Pure but for the rows it is given: it is run again when
   * they are made anew. A row is replaced, not changed: `rows.set(key, { ...row, ... })`.
   */
  readonly apply: (rows: Map<string, NoInfer<R>>, event: NoInfer<RecordedEvent<E>>) => void
  /** Raise it when `apply` comes to other rows than before: they are made anew at the next start. 1 if absent. */
  readonly version?: number | undefined
}

/**
 * Rows made of the events of all aggregates of a sort, for questions that cross them (read model). They are kept in memory, and in the
 * store from time to time; the events can make them anew at any time.
 */
export interface Projection<R> {
  readonly definition: ProjectionDefinition
  /** One row by its key; null if there is none. It sees all that had been appended when it was asked. */
  readonly row: RequesterChannel<{ readonly key: string }, { readonly row: R | null }, Effect<'read', false>>
  /** Declares a question about all rows, which are in the order in which their keys came. `answer` is pure. */
  query<Q, A>(
    name: string,
    question: Model<Q>,
    answered: Model<A>,
    answer: (rows: ReadonlyMap<string, R>, question: NoInfer<Q>) => NoInfer<A>,
  ): RequesterChannel<Q, A, Effect<'read', false>>
}

const names: OptionNames<ProjectionOptions<unknown, EventModels>> = {
  from: 'needed',
  row: 'needed',
  apply: 'needed',
  version: true,
}

const keyModel = model('RowKey', { version: 1, key: 'key', schema: Type.Object({ key: Type.String() }) })

/** Declares a projection. The name is that of its rows in the store. */
export function projection<R, const E extends EventModels>(
  name: string,
  options: ProjectionOptions<R, E>,
): Projection<R> {
  checkName('projection', name)
  const at = callSite()
  checkOptionNames(`Projection ${name}`, options, names as unknown as OptionNames<ProjectionOptions<R, E>>)
  const { from, row, version = 1 } = options
  if (!Number.isInteger(version) || version < 1)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${at ?? 'somewhere'}: projection ${name}: "version" is a whole number of 1 or more.`,
    )
  const apply = options.apply as ProjectionDefinition['apply']
  const definition: ProjectionDefinition = Object.freeze({
    name,
    version,
    from: from.definition,
    row,
    apply,
    at,
  })
  const common = { role: 'requester', system: aggregatesSystem, effect: read } as const
  return Object.freeze({
    definition,
    row: Object.freeze({
      ...common,
      name: `${name}.row`,
      model: keyModel,
      answer: rowModel(name, row),
      options: asked(definition, (rows, question) => ({
        row: rows.get((question as { readonly key: string }).key) ?? null,
      })),
    }),
    query: (
      query: string,
      question: Model<never>,
      answered: Model<never>,
      answer: (rows: never, q: never) => unknown,
    ) => {
      checkName('query', query)
      if (query === 'row')
        throw new IsthmusError('FLOW-DEFINITION', `${name}.row is there already: name the query otherwise.`)
      const role = asked(definition, answer as QueryRole['answer'])
      return Object.freeze({
        ...common,
        name: `${name}.${query}`,
        model: question,
        answer: answered,
        options: role,
      })
    },
  }) as never
}

function asked(projection: ProjectionDefinition, answer: QueryRole['answer']): QueryRole {
  return Object.freeze({ plays: 'query', projection, answer })
}

function rowModel<R>(name: string, row: Model<R>): Model<{ readonly row: R | null }> {
  return Object.freeze({
    name: `${pascal(name)}Row`,
    version: row.version,
    key: undefined,
    pii: row.pii.map(path => `row.${path}`),
    jsonSchema: { type: 'object', properties: { row: { anyOf: [row.jsonSchema, { type: 'null' }] } } },
    validate: (data: unknown) => {
      const { row: found } = (data ?? {}) as { readonly row?: unknown }
      if (found === null) return { ok: true as const, data: { row: null } }
      const fits = row.validate(found)
      return fits.ok ? { ok: true as const, data: { row: fits.data } } : fits
    },
  })
}
