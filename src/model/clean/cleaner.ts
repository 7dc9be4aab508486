import { IsthmusError } from '../../errors.ts'

/**
 * Puts one value into the form it should have. Pure and total: what cannot be cleaned throws CLEAN-VALUE with a reason
 * that a planner understands, and the message is parked with it.
 */
export type Cleaner<I, O> = (value: I) => O

/** The error of a cleaner. The value is shown, so use it only for values that may be shown. */
export function unclean(value: unknown, wanted: string): IsthmusError {
  return new IsthmusError('CLEAN-VALUE', `${JSON.stringify(value)} is not ${wanted}`)
}
