import { type ErrorCode, IsthmusError } from '../../errors.ts'

export type Scalar = string | number | bigint | boolean

/**
 * Parameters by name. What is undefined or null is left out; a list is repeated (`?id=1&id=2`) unless it is
 * `delimited(...)`; an object becomes `?filter[name]=value`.
 */
export type Query = Readonly<Record<string, QueryValue | readonly Scalar[] | Delimited | QueryObject>>

type QueryValue = Scalar | null | undefined
type QueryObject = Readonly<Record<string, QueryValue>>

/** Source: RFC 3986, segments of a path. */
const validPath = /^(?:\/[A-Za-z0-9\-._~!$&'()*+,;=:@%]*)+$/
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i

/** Throws unless `path` is one that leads nowhere else: from a slash on, without query, `..` or a second host. */
export function checkPath(path: string, channel: string, code: ErrorCode): void {
  if (typeof path === 'string' && validPath.test(path) && !path.startsWith('//') && !dotSegment.test(path))
    return
  throw new IsthmusError(
    code,
    `The path of ${channel} must begin with a slash and hold no "..", space, "?" or other sign that has to be ` +
      'encoded. Pass what comes from data through encodeURIComponent, and give a query as "query".',
  )
}

/** `?name=value...`, or nothing. */
export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => pairsOf(name, value))
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** The path with one more parameter, unless it has that parameter already. */
export function withQuery(path: string, name: string, value: string): string {
  const at = path.indexOf('?')
  if (at >= 0 && new URLSearchParams(path.slice(at)).has(name)) return path
  return `${path}${at < 0 ? '?' : '&'}${encoded(name)}=${encoded(value)}`
}

function pairsOf(name: string, value: Query[string]): string[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object') return [`${encoded(name)}=${encoded(String(value))}`]
  if (isList(value)) return value.map(each => `${encoded(name)}=${encoded(String(each))}`)
  if (value instanceof Delimited) return value.text === '' ? [] : [`${encoded(name)}=${value.text}`]
  return Object.entries(value).flatMap(([member, each]) => pairsOf(`${name}[${member}]`, each))
}

/** A list as one query parameter; see `delimited`. */
export class Delimited {
  /** Encoded. */
  readonly text: string

  constructor(values: readonly Scalar[], delimiter: string) {
    this.text = values.map(value => encoded(String(value))).join(delimiter)
  }
}

const delimiters = { ',': ',', ' ': '%20', '|': '%7C' }

/** A list as one query parameter: `?ids=1,2`. An empty list is left out. Without it a list is `?ids=1&ids=2`. */
export function delimited(values: readonly Scalar[], delimiter: keyof typeof delimiters = ','): Delimited {
  return new Delimited(values, delimiters[delimiter])
}

function isList(value: object): value is readonly Scalar[] {
  return Array.isArray(value)
}

/** Source: WHATWG URL, application/x-www-form-urlencoded. */
function encoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
