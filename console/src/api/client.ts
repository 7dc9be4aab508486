import type { AnswerOf, OrderOf, QueryOf } from '../../../src/client/answers.ts'
import type { paths } from '../../../src/client/control-api.ts'

/** Why the control API refused: a stable code, and a reference by which its log tells more. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly reference: string | undefined
  /** What else it said, such as the permission that is missing. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body.detail === 'string' ? body.detail : `HTTP ${status}`)
    this.status = status
    this.code = typeof body.code === 'string' ? body.code : 'NETWORK'
    this.reference = typeof body.reference === 'string' ? body.reference : undefined
    this.more = body
  }
}

type Method<M> = { [P in keyof paths]: paths[P] extends Record<M & string, object> ? P : never }[keyof paths]
type GetPath = Method<'get'>
type PostPath = Method<'post'>

/** Values for what stands in braces in the address. */
export type Params = Readonly<Record<string, string | number>>

export async function get<P extends GetPath>(
  path: P,
  asked: { readonly params?: Params; readonly query?: QueryOf<P>; readonly signal?: AbortSignal } = {},
): Promise<AnswerOf<P>> {
  const { params, query, signal } = asked
  return (await send(addressOf(path, params, query), { signal })) as AnswerOf<P>
}

let csrf: string | undefined

/** Proves to the API that an order comes from this page; `/api/v1/me` and the login give it. */
export function rememberCsrf(token: string | undefined): void {
  csrf = token
}

export async function post<P extends PostPath>(
  path: P,
  body: OrderOf<P>,
  params?: Params,
): Promise<AnswerOf<P, 'post'>> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(csrf !== undefined && { 'x-isthmus-csrf': csrf }) },
    body: JSON.stringify(body),
  }
  return (await send(addressOf(path, params), init)) as AnswerOf<P, 'post'>
}

/** `path` with its values, for links to what is downloaded. */
export function addressOf(path: string, params: Params = {}, query: object = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
  return search.size === 0 ? filled : `${filled}?${search}`
}

async function send(
  address: string,
  init: { readonly signal?: AbortSignal | undefined } & object,
): Promise<unknown> {
  let answer: Response
  try {
    const { signal, ...rest } = init
    answer = await fetch(address, { credentials: 'same-origin', ...rest, ...(signal && { signal }) })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiProblem(0, {
      code: 'NETWORK',
      detail: error instanceof Error ? error.message : String(error),
    })
  }
  const body: unknown = await answer.json().catch(() => ({}))
  if (answer.ok) return body
  throw new ApiProblem(answer.status, body as Record<string, unknown>)
}
