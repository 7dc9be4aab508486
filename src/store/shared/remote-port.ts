import type { MessagePort } from 'node:worker_threads'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { readError, writtenError } from '../../message/written-error.ts'
import type { Wake } from '../members.ts'
import { type Answer, FrameWriter, type FromStore, type ToStore } from './frames.ts'

/** What a membership hears. */
interface Attached {
  wake(wake: Wake): void
  request(lease: string, request: Json): Promise<Json>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** This thread's end of the port to a store: see `serveStore`. It keeps the thread alive while an answer is waited for. */
export class RemotePort {
  readonly #port: MessagePort
  readonly #writer: FrameWriter<ToStore>
  readonly #waiting = new Map<number, Waiting>()
  readonly #attached = new Map<number, Attached>()
  #last = 0
  #ended: IsthmusError | undefined

  constructor(port: MessagePort) {
    this.#port = port
    this.#writer = new FrameWriter(port, (frame, error) => {
      if (frame.what === 'call') this.#answered({ what: 'answer', id: frame.id, failed: writtenError(error) })
    })
    port.on('message', frames => this.#receive(frames as FromStore[]))
    port.on('close', () => {
      this.#end(new IsthmusError('STORE-FAILED', 'the thread that has the store has ended'))
    })
    port.unref()
  }

  ask(
    method: string,
    args: readonly unknown[],
    of?: number,
    signal?: AbortSignal,
    buffers: readonly ArrayBuffer[] = [],
  ): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const id = ++this.#last
      const abort = () => {
        this.#writer.send({ what: 'abort', id })
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort)
      const quiet = () => signal?.removeEventListener('abort', abort)
      this.#waiting.set(id, {
        resolve: value => {
          quiet()
          resolve(value)
        },
        reject: error => {
          quiet()
          reject(error)
        },
      })
      if (this.#waiting.size === 1) this.#port.ref()
      this.#writer.send({ what: 'call', id, method, args, of }, buffers)
    })
  }

  attach(of: number, attached: Attached): void {
    this.#attached.set(of, attached)
  }

  detach(of: number): void {
    this.#attached.delete(of)
  }

  close(): void {
    this.#writer.flush()
    this.#end(new IsthmusError('STORE-UNAVAILABLE', 'the store was closed: open it again'))
    this.#port.close()
  }

  #receive(frames: readonly FromStore[]): void {
    for (const frame of frames)
      if (frame.what === 'answer') this.#answered(frame)
      else if (frame.what === 'wake') this.#attached.get(frame.of)?.wake(frame.wake)
      // Behind whatever an answer that came with it has brought about.
      else setImmediate(() => this.#request(frame))
  }

  #answered({ id, value, failed }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#port.unref()
    if (failed === undefined) waiting?.resolve(value)
    else waiting?.reject(readError(failed))
  }

  async #request({ of, id, lease, request }: FromStore & { what: 'request' }): Promise<void> {
    const attached = this.#attached.get(of)
    if (attached === undefined) return
    try {
      this.#writer.send({ what: 'answer', id, value: await attached.request(lease, request) })
    } catch (error) {
      this.#writer.send({ what: 'answer', id, failed: writtenError(error) })
    }
  }

  #end(error: IsthmusError): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
