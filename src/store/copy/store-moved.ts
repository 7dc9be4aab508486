import { IsthmusError } from '../../errors.ts'
import type { Mark } from './ends.ts'

/** The error of who wants to work on a store that was moved, or is not whole yet. */
export function storeMoved(place: string, { state, other }: Mark): IsthmusError {
  const text =
    state === 'moved'
      ? `the store in ${place} was moved to ${other}: start the instance on that one`
      : `the store in ${place} is the beginning of a copy of ${other}: run \`isthmus store copy\` again to its end`
  return new IsthmusError('STORE-MOVED', text, { detail: { place, state, other } })
}
