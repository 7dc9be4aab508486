import { Type } from 'typebox'
import { type Model, model } from '../../model/model.ts'
import type { JsonSchema, Problem, Validated } from '../../model/schema-validator.ts'
import type { AggregateDefinition, AnyEvent } from './definition.ts'

/** Which aggregate, and behind which of its events; 0 before the first. */
export interface OfAggregate {
  readonly id: string
  readonly version: number
}

export const idModel = model('AggregateId', {
  version: 1,
  key: 'id',
  schema: Type.Object({ id: Type.String({ minLength: 1 }) }),
})

const ofAggregate = {
  id: { type: 'string', minLength: 1 },
  version: { type: 'integer', minimum: 0 },
} satisfies Record<string, JsonSchema>

/** The model of the answer that tells what an aggregate is: `OrderState`. */
export function stateModel({ name, version, state }: AggregateDefinition): Model<never> {
  return modelOf({
    name: `${pascal(name)}State`,
    version,
    field: 'state',
    pii: state.pii,
    jsonSchema: object({ ...ofAggregate, state: state.jsonSchema }),
    inner: () => state,
  })
}

/** The model of what flows get that begin with the events: `OrderEvent`. */
export function recordedModel({ name, version, events }: AggregateDefinition): Model<AnyEvent> {
  const each = Object.entries(events)
  return modelOf({
    name: `${pascal(name)}Event`,
    version,
    field: 'data',
    pii: [...new Set(each.flatMap(([, { pii }]) => pii))],
    jsonSchema: {
      anyOf: each.map(([type, { jsonSchema }]) =>
        object({ type: { const: type }, data: jsonSchema, ...ofAggregate, at: { type: 'integer' } }),
      ),
    },
    inner: ({ type }) => (typeof type === 'string' && Object.hasOwn(events, type) ? events[type] : undefined),
  }) as Model as Model<AnyEvent>
}

/** A record whose field `field` is looked at by a model of its own, which may convert. */
function modelOf(parts: {
  readonly name: string
  readonly version: number
  readonly field: string
  readonly pii: readonly string[]
  readonly jsonSchema: JsonSchema
  readonly inner: (record: Readonly<Record<string, unknown>>) => Model | undefined
}): Model<never> {
  const { name, version, field, pii, jsonSchema, inner } = parts
  const validate = (data: unknown): Validated<never> => {
    if (typeof data !== 'object' || data === null) return wrong('', 'must be a record')
    const record = data as Readonly<Record<string, unknown>>
    if (typeof record.id !== 'string' || record.id === '') return wrong('id', 'must be a text')
    if (!Number.isInteger(record.version)) return wrong('version', 'must be a whole number')
    const by = inner(record)
    if (!by) return wrong('type', 'must be one of the events of the aggregate')
    const found = by.validate(record[field])
    if (found.ok) return { ok: true, data: { ...record, [field]: found.data } as never }
    return { ok: false, problems: found.problems.map(each => ({ ...each, path: joined(field, each.path) })) }
  }
  const within = pii.map(path => `${field}.${path}`)
  return Object.freeze({ name, version, key: 'id', pii: Object.freeze(within), jsonSchema, validate })
}

function joined(field: string, path: string): string {
  return path === '' || path.startsWith('[') ? field + path : `${field}.${path}`
}

function wrong(path: string, problem: string): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems: [{ path, problem }] }
}

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) }
}

/** `canonical-order` as models are named: `CanonicalOrder`. */
export function pascal(name: string): string {
  return name
    .split('-')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
