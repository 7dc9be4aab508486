import { IsthmusError } from '../errors.ts'

/** No answer, or a list without items. */
export function isNothing(answer: unknown): boolean {
  return answer === null || answer === undefined || (Array.isArray(answer) && answer.length === 0)
}

export function nothingFound(id: string): IsthmusError {
  return new IsthmusError('MAP-VALUE', `The lookup ${id} found nothing.`)
}
