import { type ErrorCode, errorCodes, type Fate, IsthmusError, reasonOf } from '../errors.ts'
import type { Json } from './json-value.ts'

/** An error as one process or thread tells it to another, in JSON. */
export interface WrittenError {
  readonly message: string
  /** Absent, as what follows is, for what is no `IsthmusError`. */
  readonly code?: string
  readonly fate?: Fate
  readonly retryAfter?: number
  readonly detail?: Json
}

export function writtenError(error: unknown): WrittenError {
  if (!(error instanceof IsthmusError)) return { message: reasonOf(error) }
  const { code, message, fate, retryAfter, detail } = error
  return { code, message, fate, ...(retryAfter !== undefined && { retryAfter }), detail: asJson(detail) }
}

/** What was not of ours, or has a code that only a newer release knows, is a plain error again: nothing is known of it. */
export function readError({ message, code = '', fate, retryAfter, detail }: WrittenError): Error {
  if (!Object.hasOwn(errorCodes, code)) return new Error(message)
  return new IsthmusError(code as ErrorCode, message, {
    detail: { ...(detail as Record<string, unknown>) },
    ...(fate !== undefined && { fate }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** Without what JSON cannot say: it is for people. */
function asJson(detail: Readonly<Record<string, unknown>>): Json {
  try {
    return JSON.parse(JSON.stringify(detail)) as Json
  } catch {
    return {}
  }
}
