import { IsthmusError } from '../../errors.ts'
import { codes, type Outcome } from '../http/outcome.ts'
import { shorten } from '../http/reason.ts'

/** What a server answers instead of a result: a JSON-RPC error, or an XML-RPC fault. */
export interface RpcError {
  /** A number by both standards; some servers send a text. */
  readonly code: number | string
  /** What the server says, for people. */
  readonly message: string
}

/** By code, or as a function that gives undefined for what it does not know. */
export type RpcErrors =
  | { readonly [code: number | string]: Outcome }
  | ((error: RpcError) => Outcome | undefined)

/**
 * What errors mean where nothing else is declared; any other code is the application's, and refuses. Sources: JSON-RPC
 * 2.0, 5.1, and for XML-RPC "Specification for Fault Code Interoperability". A server that fails within may have done
 * something before: `unanswered` repeats what may be repeated, and puts the rest in doubt.
 */
export function defaultRpcErrors({ code }: RpcError): Outcome {
  const number = Number(code)
  const failedWithin = number === -32603 || (number >= -32099 && number <= -32000)
  return failedWithin ? 'unanswered' : 'refused'
}

export function rpcOutcome(error: RpcError, ...declared: readonly (RpcErrors | undefined)[]): Outcome {
  for (const errors of declared) {
    const outcome = typeof errors === 'function' ? errors(error) : errors?.[error.code]
    if (outcome !== undefined) return outcome
  }
  return defaultRpcErrors(error)
}

/** `hide` removes from the server's words what is secret. */
export function rpcFailure(
  { code, message }: RpcError,
  outcome: Exclude<Outcome, 'ok'>,
  channel: string,
  hide: (text: string) => string,
): IsthmusError {
  const reason = shorten(hide(`${code}${message && `: ${message}`}`))
  return new IsthmusError(codes[outcome], `${channel} answered error ${reason}`)
}
