import type { paths } from './control-api.ts'

type Operation<P extends keyof paths, M extends 'get' | 'post'> = paths[P][M]

/** What an address of the control API answers: `AnswerOf<'/api/v1/status'>`. */
export type AnswerOf<P extends keyof paths, M extends 'get' | 'post' = 'get'> =
  Operation<P, M> extends {
    responses: { 200: { content: { 'application/json': infer Answer } } }
  }
    ? Answer
    : never

/** What an address takes behind the question mark. */
export type QueryOf<P extends keyof paths> =
  Operation<P, 'get'> extends { parameters: { query?: infer Query } } ? NonNullable<Query> : never

/** What is sent to an address. */
export type OrderOf<P extends keyof paths> =
  Operation<P, 'post'> extends {
    requestBody: { content: { 'application/json': infer Body } }
  }
    ? Body
    : never
