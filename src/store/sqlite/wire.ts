import type { ErrorCode } from '../../errors.ts'
import type { FlowAddress, RetireLimits } from '../store.ts'
import type { StreamName } from '../streams.ts'

/**
 * What the main thread asks of the writer thread, several calls at a time. Messages travel as bytes in one buffer that
 * is handed over, not copied, and comes back with the answer to be used again.
 */
export interface Batch {
  /** The number of the first call; the others follow. */
  readonly first: number
  readonly calls: readonly Call[]
  readonly buffer: ArrayBuffer
}

export type Call =
  | { readonly what: 'claim'; readonly owner: string; readonly host: string }
  /** `count` messages from byte `at` of the buffer on; `position` is JSON. */
  | {
      readonly what: 'accept'
      readonly at: number
      readonly count: number
      readonly position?: StoredPosition
    }
  /** `settlement` is JSON. */
  | { readonly what: 'settle'; readonly settlement: string }
  /** `appends` is JSON of `WireAppend[]`. */
  | { readonly what: 'append'; readonly appends: string; readonly token: number }
  | { readonly what: 'retire'; readonly limits: RetireLimits }
  | { readonly what: 'close'; readonly how: 'clean' | 'unclean' }

export interface StoredPosition {
  readonly source: string
  readonly json: string
  readonly unlessConflict: boolean
}

/** What the writer answers to some of the calls, and buffers that are free again. */
export interface Reply {
  readonly answers: readonly Answer[]
  readonly buffers: readonly ArrayBuffer[]
  /** The store has failed: no call is answered any more. */
  readonly dead?: Failed | undefined
}

export interface Answer {
  readonly call: number
  readonly value?: unknown
  readonly failed?: Failed
}

/** An `IsthmusError` on its way between threads. */
export interface Failed {
  readonly code: ErrorCode
  readonly message: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** What became of the messages of one call. */
export interface Outcome {
  /** The numbers of all accepted messages, in order of messages and of their flows. */
  readonly seqs: number[]
  readonly repeated: {
    readonly index: number
    readonly status: 'duplicate' | 'conflict'
    readonly id: string
  }[]
}

/** What became of one append. */
export type WireAppended =
  | { readonly status: 'appended'; readonly version: number; readonly outcome: Outcome }
  | { readonly status: 'conflict'; readonly version: number }

/** `events` are JSON, and so is `snapshot`; `count` messages stand in the buffer from byte `at` on. */
export interface WireAppend extends StreamName {
  readonly version: number
  readonly events: readonly string[]
  /** Milliseconds since 1970 UTC: of the first and the last of `events`. */
  readonly began: number
  readonly changed: number
  readonly state?: string | undefined
  readonly open?: boolean | undefined
  readonly snapshot?: string | undefined
  readonly at: number
  readonly count: number
}

export interface WireMessage {
  readonly id: string
  /** The head, JSON in UTF-8, and behind it the body. */
  readonly content: Uint8Array
  readonly headSize: number
  readonly acceptedAt: number
  readonly flows: readonly FlowAddress[]
  readonly identity: string | undefined
}
