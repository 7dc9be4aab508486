import { checkName } from '../system/system.ts'
import type { Contract, ContractModel, ContractProblem } from './contract.ts'
import { soundSchema } from './sound-schema.ts'

/** The same contract, of which everything can be written and compiled; what had to be left out is among its problems. */
export function soundContract(contract: Contract, place: string): Contract {
  const known = new Set(contract.models.map(({ name }) => name))
  const problems: ContractProblem[] = [...contract.problems]
  const models = contract.models.map(model => {
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(model.name)) throw new RangeError(`no name of a model: ${model.name}`)
    const problem = (text: string) => problems.push({ place: `${place}: ${model.origin}`, problem: text })
    return keyed({ ...model, schema: soundSchema(model.schema, { known, problem }) })
  })
  for (const { name } of contract.channels) checkName('channel', name)
  return { ...contract, models, problems }
}

/** A key is a field of the model itself. */
function keyed(model: ContractModel): ContractModel {
  const { key, ...rest } = model
  const properties = Object(model.schema.properties)
  return key !== undefined && Object.hasOwn(properties, key) ? model : rest
}
