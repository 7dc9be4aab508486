import type { SinkChannel } from '../../system/channel.ts'

/** Sends a copy to a sink for inspection (wire tap), once: if that fails, the message goes on all the same. */
export interface TapStep {
  readonly kind: 'tap'
  readonly id: string
  readonly channel: SinkChannel<unknown>
  convert(data: unknown): unknown
}

export function tapStep<T, U>(id: string, channel: SinkChannel<U>, convert: (data: T) => U): TapStep {
  return Object.freeze({ kind: 'tap', id, channel, convert: convert as TapStep['convert'] })
}
