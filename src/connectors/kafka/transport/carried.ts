import type { Json } from '../../../message/json-value.ts'

/** A message on its way, for one partition. */
export interface Carried {
  readonly partition: number
  /** Everything of the message but its body. */
  readonly head: string
  readonly body: Uint8Array
}

export interface Followed {
  /** Undefined where somebody else wrote it. */
  readonly head: string | undefined
  readonly body: Uint8Array
  /** Topic, partition and offset. */
  readonly place: string
}

export interface CarriedParcel {
  readonly records: readonly Followed[]
  readonly next: Json
}
