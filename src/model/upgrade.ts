import { IsthmusError } from '../errors.ts'
import { type Fields, type Mapping, mapping } from './mapping.ts'
import { type Model, modelId } from './model.ts'

/** How a record of one version of a model becomes one of a later version. */
export interface Upgrade<From, To> extends Mapping<From, To> {
  readonly from: Model<From>
}

/** From one version of a model to a later one, field by field. */
export function upgrade<From, To>(
  from: Model<From>,
  to: Model<To>,
  fields: NoInfer<Fields<From, To>>,
): Upgrade<From, To> {
  checkVersions(from, to)
  return Object.freeze({ ...mapping(to, fields), from })
}

/** Two upgrades, one behind the other, as one: from the first version to the last. */
export function chained<From, Between, To>(
  first: Upgrade<From, Between>,
  second: Upgrade<Between, To>,
): Upgrade<From, To> {
  if (modelId(first.to) !== modelId(second.from))
    throw new IsthmusError(
      'MODEL-DEFINITION',
      `An upgrade to ${modelId(first.to)} cannot be followed by one from ${modelId(second.from)}.`,
    )
  const between = betweenOf(first)
  const fields = Object.entries(second.fields).map(([name, field]) => [
    name,
    (source: From) => (field as (source: Between) => unknown)(between(source)),
  ])
  const whole = mapping(second.to, Object.fromEntries(fields) as Fields<From, To>)
  return Object.freeze({
    ...whole,
    from: first.from,
    apply: (source: From) => second.apply(first.apply(source)),
  })
}

/** The record between two upgrades, of which only those fields are made that are read: so lineage goes through it. */
function betweenOf<From, Between>(first: Upgrade<From, Between>): (source: From) => Between {
  const fields = Object.entries(first.fields) as [string, (source: From) => unknown][]
  return source => {
    const record = {}
    for (const [name, field] of fields)
      Object.defineProperty(record, name, { get: () => field(source), enumerable: true })
    return record as Between
  }
}

function checkVersions(from: Model, to: Model): void {
  if (from.name === to.name && from.version < to.version) return
  throw new IsthmusError(
    'MODEL-DEFINITION',
    `An upgrade goes from a version of a model to a later one, not from ${modelId(from)} to ${modelId(to)}.`,
  )
}
