import { IsthmusError, reasonOf } from '../../errors.ts'

/** Where something stands in an answer: a JSON pointer such as `/data/items`, or a function of the answer. */
export type Where = string | ((answer: unknown) => unknown)

/** Undefined where there is nothing. Throws SOURCE-FAILED where a function does. */
export function find(answer: unknown, where: Where, channel: string): unknown {
  if (typeof where === 'string') return at(answer, where)
  try {
    return where(answer)
  } catch (error) {
    throw new IsthmusError('SOURCE-FAILED', `${channel}: an answer cannot be read: ${reasonOf(error)}`)
  }
}

export function isPointer(text: string): boolean {
  return text === '' || text.startsWith('/')
}

/** Source: RFC 6901. */
function at(value: unknown, pointer: string): unknown {
  let here = value
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = (here as Record<string, unknown>)[name]
  }
  return here
}
