import { IsthmusError } from '../../errors.ts'
import type { Rule } from '../../model/clean/rule.ts'
import type { Model } from '../../model/model.ts'

/** Goes on only with data that fit the model, and that break no rule whose severity is `park`. */
export interface ValidateStep {
  readonly kind: 'validate'
  readonly id: string
  readonly model: Model | undefined
  readonly rules: readonly Rule<unknown>[]
}

export function validateStep<T>(
  id: string,
  model: Model | undefined,
  rules: readonly Rule<T>[],
): ValidateStep {
  const names = rules.map(({ name }) => name)
  const doubled = names.find((name, n) => names.indexOf(name) !== n)
  if (doubled !== undefined)
    throw new IsthmusError('FLOW-DEFINITION', `Step ${id} has two rules called "${doubled}".`)
  return Object.freeze({
    kind: 'validate',
    id,
    model,
    rules: Object.freeze([...rules]) as readonly Rule<unknown>[],
  })
}
