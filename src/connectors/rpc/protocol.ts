import type { Shape } from '../../message/codec/xml-shape.ts'
import type { Params } from './config.ts'
import type { RpcError } from './outcome.ts'
import type { Tags } from './xml-rpc-write.ts'

export interface RpcRequest {
  /** Absent in a notification, which nobody answers. */
  readonly id?: string | undefined
  readonly method: string
  readonly params: Params
  readonly tags?: Tags | undefined
}

export type RpcReply = { readonly result: unknown } | { readonly error: RpcError }

export interface RpcReplies {
  /** By the id of the request; undefined where there were two. */
  readonly byId: ReadonlyMap<unknown, RpcReply | undefined>
  /** The reply to everything that was sent. */
  readonly whole?: RpcReply | undefined
}

/** How calls are written and answers are read. */
export interface Protocol {
  readonly contentType: string
  /** Throws MSG-ENCODE for what cannot be sent without loss. */
  write(request: RpcRequest): Uint8Array
  /** Several written requests as one body. */
  join?(requests: readonly Uint8Array[]): Uint8Array
  /** `expected` tells where a number is wanted as the text of its digits. Throws MSG-DECODE or MSG-LIMIT. */
  read(body: Uint8Array, expected: Shape): RpcReplies
}
