import type { Model } from '../../model/model.ts'

/** Goes on only with data that fits the model. */
export interface ValidateStep {
  readonly kind: 'validate'
  readonly id: string
  readonly model: Model
}

export function validateStep(id: string, model: Model): ValidateStep {
  return Object.freeze({ kind: 'validate', id, model })
}
