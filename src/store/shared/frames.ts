import type { MessagePort } from 'node:worker_threads'
import type { Json } from '../../message/json-value.ts'
import type { WrittenError } from '../../message/written-error.ts'
import type { Wake } from '../members.ts'

/*
 * What travels between the thread that has a store and one that works on it from afar. What is said in one turn of the
 * event loop travels together; bodies lie in buffers that are handed over, not copied.
 */

/** To the thread that has the store. */
export type ToStore =
  | {
      readonly what: 'call'
      readonly id: number
      readonly method: string
      readonly args: readonly unknown[]
      /** Of a membership or a snapshot, for what is asked of one. */
      readonly of?: number | undefined
    }
  | { readonly what: 'abort'; readonly id: number }
  | Answer

/** To the thread that works on it. */
export type FromStore =
  | Answer
  | { readonly what: 'wake'; readonly of: number; readonly wake: Wake }
  | {
      readonly what: 'request'
      readonly of: number
      readonly id: number
      readonly lease: string
      readonly request: Json
    }

export interface Answer {
  readonly what: 'answer'
  readonly id: number
  readonly value?: unknown
  readonly failed?: WrittenError | undefined
}

interface Sent<T> {
  readonly frame: T
  readonly buffers: readonly ArrayBuffer[]
}

/** Says what there is to say at the end of the turn. What cannot be sent is given back to `refused`. */
export class FrameWriter<T> {
  readonly #port: MessagePort
  readonly #refused: (frame: T, error: unknown) => void
  #frames: Sent<T>[] = []

  constructor(port: MessagePort, refused: (frame: T, error: unknown) => void) {
    this.#port = port
    this.#refused = refused
  }

  send(frame: T, buffers: readonly ArrayBuffer[] = []): void {
    if (this.#frames.push({ frame, buffers }) === 1) setImmediate(() => this.flush())
  }

  flush(): void {
    const frames = this.#frames
    this.#frames = []
    try {
      this.#post(frames)
    } catch {
      for (const each of frames) this.#alone(each)
    }
  }

  #alone(one: Sent<T>): void {
    try {
      this.#post([one])
    } catch (error) {
      this.#refused(one.frame, error)
    }
  }

  #post(frames: readonly Sent<T>[]): void {
    if (frames.length === 0) return
    this.#port.postMessage(
      frames.map(({ frame }) => frame),
      frames.flatMap(({ buffers }) => buffers),
    )
  }
}

interface WithBody {
  readonly body: Uint8Array
}

/** The same messages, with their bodies one after another in a buffer of their own, which can be handed over. */
export function gathered<T extends WithBody>(messages: readonly T[]): { messages: T[]; buffer: ArrayBuffer } {
  const size = messages.reduce((sum, { body }) => sum + body.byteLength, 0)
  const buffer = new ArrayBuffer(size)
  let at = 0
  const moved = messages.map(message => {
    const body = new Uint8Array(buffer, at, message.body.byteLength)
    body.set(message.body)
    at += body.byteLength
    return { ...message, body }
  })
  return { messages: moved, buffer }
}

/** The message, no longer bound to what it came with, unless it is most of that. */
export function alone<T extends WithBody>(message: T): T {
  const { body } = message
  return 2 * body.byteLength > body.buffer.byteLength ? message : { ...message, body: body.slice() }
}
