import type { Shape } from '../../message/codec/xml-shape.ts'
import type { RpcError } from './outcome.ts'

/** Positional, or by name. By XML-RPC, names are sent as one struct. */
export type Params = readonly unknown[] | Readonly<Record<string, unknown>>

export type Tag = 'int' | 'i4' | 'i8' | 'double' | 'boolean' | 'string' | 'dateTime.iso8601' | 'base64'

/**
 * Path to tag: `2/*`, for example, stands for all members of the third param. Where nothing is declared, a whole
 * number of 32 bits is an int, a bigint an i8, any other number with a fraction a double, and text a string.
 */
export type Tags = Readonly<Record<string, Tag>>

export type Dialect = 'plain' | 'apache'

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
