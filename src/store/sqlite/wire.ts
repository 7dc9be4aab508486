import type { ErrorCode } from '../../errors.ts'
import type { RetireLimits, Settlement } from '../store.ts'
import type { StreamName } from '../streams.ts'
import { type PackedRow, packedRows } from './settled-rows.ts'

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
  | {
      readonly what: 'claim'
      readonly owner: string
      readonly host: string
      readonly partitions: number | undefined
    }
  /** Messages from byte `at` of the buffer on; `position` is JSON. */
  | {
      readonly what: 'accept'
      readonly at: number
      readonly runs: readonly Run[]
      readonly position?: StoredPosition
    }
  | { readonly what: 'settle'; readonly settlement: PackedSettlement }
  /** `appends` is JSON of `WireAppend[]`. */
  | { readonly what: 'append'; readonly appends: string; readonly token: number }
  | { readonly what: 'retire'; readonly limits: RetireLimits }
  | { readonly what: 'close'; readonly how: 'clean' | 'unclean' }

/** A settlement with its ended messages as the rows that they become, and its unfinished ones as JSON. */
export interface PackedSettlement extends Omit<Settlement, 'settled' | 'unfinished'> {
  readonly settled: readonly PackedRow[]
  readonly unfinished: string
}

export function packedSettlement({ settled, unfinished, ...rest }: Settlement): PackedSettlement {
  return { ...rest, settled: packedRows(settled), unfinished: JSON.stringify(unfinished) }
}

/** So many messages, each for these flows. */
export interface Run {
  readonly count: number
  readonly flows: readonly string[]
}

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
  /** For each run and each of its flows: the `seq` of the first accepted message; the others follow. */
  readonly firsts: number[]
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

/** `events` are JSON, and so is `snapshot`; its messages stand in the buffer from byte `at` on, as those of an accept. */
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
  readonly runs: readonly Run[]
}
