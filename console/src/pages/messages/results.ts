import type { AnswerOf } from '../../../../src/client/answers.ts'

export type Search = AnswerOf<'/api/v1/search'>
export type Found = Search['found'][number]

/** The pages as one list; a key whose messages lie on two pages is told once, as the page that knows it first has it. */
export function merged(pages: readonly Search[]): Found[] {
  const known = new Set<string>()
  return pages
    .flatMap(({ found }) => found)
    .filter(each => {
      const name = isMasked(each) ? each.message : each.key
      if (known.has(name)) return false
      known.add(name)
      return true
    })
}

export function isMasked({ key }: Pick<Found, 'key'>): boolean {
  return key === '***'
}

/** Where the way of a key is told; of a key that is not shown, by one of its messages. */
export function traceOf(found: Pick<Found, 'key' | 'message'>): {
  path: string
  search: { message?: string }
} {
  if (isMasked(found)) return { path: 'of', search: { message: found.message } }
  return { path: encodeURIComponent(found.key), search: {} }
}
