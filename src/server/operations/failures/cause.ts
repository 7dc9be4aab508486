import { hash } from 'node:crypto'

/** Of a reason so much is looked at; a cause that is longer ends with `…`. */
const looked = 1_000
const longest = 300

/**
 * What changes from message to message in a reason, the first that fits: addresses stay as they are, since they say which
 * system it was; times, ids and numbers go. A status (`422` at the beginning, `HTTP 503`) stays.
 */
const parts = new RegExp(
  [
    /(?<address>\b(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]|[a-z][\w-]*(?:\.[\w-]+)*):\d{2,5}\b)/,
    /(?<status>(?:^|\b(?:HTTP(?:\/[\d.]+)?|status|code|error)[ :=]+)[1-5]\d\d\b)/,
    /(?<uuid>\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b)/,
    /(?<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b)/,
    /(?<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b)/,
    /(?<index>\[\d+\])/,
    /(?<id>\b(?=[\w-]*\d[\w-]*\d[\w-]*\d[\w-]*\d)[\w-]*[A-Za-z][\w-]*\b)/,
    /(?<number>[-+]?\b\d+(?:[.,]\d+)*)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
)

/** The reason of a failure without what is of one message alone: failures of one cause have the same. */
export function causeOf(reason: string): string {
  const told = reason.length > looked ? reason.slice(0, looked) : reason
  const cause = told
    .replace(/^Failed \d+ times, the last time with: /, '')
    .replace(parts, (found, ...rest) => shown(found, rest.at(-1) as Record<string, string | undefined>))
    .replace(/(["'])[^"']*\{(?:id|n|time)\}[^"']*\1/g, '$1…$1')
    .replace(/\s+/g, ' ')
    .trim()
  return cause.length > longest ? `${cause.slice(0, longest)}…` : cause
}

function shown(found: string, { uuid, time, index, id, number }: Record<string, string | undefined>): string {
  if (uuid !== undefined || id !== undefined) return '{id}'
  if (time !== undefined) return '{time}'
  if (index !== undefined) return '[]'
  if (number !== undefined) return '{n}'
  return found
}

/** `lines[3].stock` is `lines[].stock`, whichever line it was. */
export function placeOfStep(step: string): string {
  return step.replace(/\[\d+\]/g, '[]')
}

/** Names a group of failures, the same in every process. */
export function groupId(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 16)
}
