import type { JsonSchema } from '../model/schema-validator.ts'
import { checkName } from '../system/system.ts'
import type { Contract, ContractModel, ContractProblem } from './contract.ts'
import { referredName, soundSchema } from './sound-schema.ts'

/** The same contract, of which everything can be written and compiled; what had to be left out is among its problems. */
export function soundContract(contract: Contract, place: string): Contract {
  const known = new Set(contract.models.map(({ name }) => name))
  const problems: ContractProblem[] = [...contract.problems]
  const models = contract.models.map(model => {
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(model.name)) throw new RangeError(`no name of a model: ${model.name}`)
    const problem = (text: string) => problems.push({ place: `${place}: ${model.origin}`, problem: text })
    return keyed({ ...model, schema: soundSchema(model.schema, { known, problem }) })
  })
  const circular = circularNames(models)
  const broken = models.map(model => {
    if (!circular.has(model.name)) return model
    problems.push({
      place: `${place}: ${model.origin}`,
      problem: 'it is defined by itself: any value is allowed instead',
    })
    return keyed({ ...model, schema: {} })
  })
  for (const { name } of contract.channels) checkName('channel', name)
  return { ...contract, models: broken, problems }
}

/** A key is a field of the model itself. */
function keyed(model: ContractModel): ContractModel {
  const { key, ...rest } = model
  const properties = Object(model.schema.properties)
  return key !== undefined && Object.hasOwn(properties, key) ? model : rest
}

/** Models that say of a value that it is itself, with nothing between: to check one would never end. */
function circularNames(models: readonly ContractModel[]): Set<string> {
  const direct = new Map(models.map(({ name, schema }) => [name, [...directReferences(schema)]]))
  const reaches = (wanted: string) => {
    const seen = new Set<string>()
    const waiting = [...(direct.get(wanted) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next === wanted) return true
      if (!seen.has(next)) waiting.push(...(direct.get(next) ?? []))
      seen.add(next)
    }
    return false
  }
  return new Set(models.flatMap(({ name }) => (reaches(name) ? name : [])))
}

/** What a value must fit itself, not one of its fields or items. */
function* directReferences(schema: JsonSchema): Generator<string> {
  const { $ref, allOf, anyOf, oneOf, not, if: when, then, else: otherwise } = schema
  const name = typeof $ref === 'string' ? referredName($ref) : undefined
  if (name !== undefined) yield name
  for (const inner of [allOf, anyOf, oneOf, not, when, then, otherwise].flat())
    if (typeof inner === 'object' && inner !== null) yield* directReferences(inner as JsonSchema)
}
