import { IsthmusError } from '../../errors.ts'
import { forbiddenName } from '../../message/codec/codec.ts'
import { exactNumber } from '../../message/codec/exact-number.ts'

/**
 * Reads the JSON of events as `json()` reads that of answers: what a number cannot hold becomes the text of its digits,
 * __proto__ and halves of surrogate pairs are refused. Only that one name stands twice is not seen.
 */
export function exactly(name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const text = typeof value === 'string' ? value : ''
  if (name === forbiddenName || !name.isWellFormed() || !text.isWellFormed())
    throw new IsthmusError('MSG-DECODE', 'an event holds the name __proto__ or half of a surrogate pair')
  if (typeof value !== 'number' || context?.source === undefined) return value
  return exactNumber(context.source) ?? context.source
}
