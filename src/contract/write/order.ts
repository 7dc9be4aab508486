import type { ContractModel } from '../contract.ts'
import { referencesIn } from '../sound-schema.ts'

/** Nodes of a schema in which everything that it refers to is written out. Above it, models refer by name. */
const mostNodes = 3_000

export interface Order {
  /** Models that hold others in themselves: each behind those that it refers to. */
  readonly plain: readonly ContractModel[]
  /** Models that contain themselves, those that are too big to be held, and all that refer to such. */
  readonly linked: readonly ContractModel[]
  /** Names of plain models that others refer to. */
  readonly shared: ReadonlySet<string>
}

/** The same order for the same document. */
export function orderOf(models: readonly ContractModel[]): Order {
  const byName = new Map(models.map(model => [model.name, model]))
  const references = new Map(models.map(({ name, schema }) => [name, [...referencesIn(schema)]]))
  const sizes = sizesOf(models, references)
  const plain = new Set<ContractModel>()
  const visit = (name: string) => {
    const model = byName.get(name)
    if (!model || !sizes.has(name) || plain.has(model)) return
    for (const reference of references.get(name) ?? []) visit(reference)
    plain.add(model)
  }
  for (const { name } of models) visit(name)
  return {
    plain: [...plain],
    linked: models.filter(model => !plain.has(model)),
    shared: new Set([...references.values()].flat().filter(name => sizes.has(name))),
  }
}

/** Of models that can be held by others. */
function sizesOf(
  models: readonly ContractModel[],
  references: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const sizes = new Map<string, number>()
  for (let before = -1; before !== sizes.size; ) {
    before = sizes.size
    for (const { name, schema } of models) {
      const inner = sizes.has(name)
        ? [undefined]
        : (references.get(name) ?? []).map(other => sizes.get(other))
      if (inner.includes(undefined)) continue
      const size = (inner as number[]).reduce((sum, each) => sum + each, nodesIn(schema))
      if (size <= mostNodes) sizes.set(name, size)
    }
  }
  return sizes
}

function nodesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, inner) => sum + nodesIn(inner), 1)
}
