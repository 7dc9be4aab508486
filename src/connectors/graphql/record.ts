import { reasonOf } from '../../errors.ts'
import type { Shape } from '../../message/codec/xml-shape.ts'
import type { Delivery } from '../../message/message.ts'
import { fingerprint } from '../looking-source.ts'
import { withTexts } from './answer.ts'

export type Identified = Delivery & { readonly id: string }

/** How records of a source are read. */
export interface RecordReader {
  readonly shape: Shape | undefined
  readonly id: (record: unknown) => string
}

/**
 * A record under the identity of its key and its content: another content is another message. A record without a key
 * cannot be told apart, and is a defect.
 */
export function recordDelivery(value: unknown, { shape, id }: RecordReader): Identified {
  const data = withTexts(value, shape)
  const print = fingerprint({ data })
  try {
    const key = id(data)
    if (typeof key === 'string' && key !== '') return { id: `${key}#${print}`, data }
    return defect(value, 'its id is no text, or empty', print)
  } catch (error) {
    return defect(value, `its id cannot be read: ${reasonOf(error)}`, print)
  }
}

/** `value` as JSON stands for the bytes as received: they were part of a longer answer. */
export function defect(value: unknown, reason: string, print: string): Identified {
  return { id: `#${print}`, defect: reason, body: Buffer.from(JSON.stringify(value) ?? 'null') }
}
