import { type Fields, type Mapping, mapping } from '../../model/mapping.ts'
import type { SinkChannel } from '../../system/channel.ts'
import type { Guard } from '../../system/policy.ts'

/** Sends to a sink; the message goes on unchanged. */
export interface ToStep {
  readonly kind: 'to'
  readonly id: string
  readonly channel: SinkChannel<unknown>
  convert(data: unknown): unknown
  /** There when the conversion was given field by field, so that its lineage is known. */
  readonly mapping: Mapping<unknown, unknown> | undefined
  readonly policy: Guard
}

/** How data become what a sink takes: field by field, with lineage, or by one function. */
export type Conversion<T, U> = Fields<T, U> | ((data: T) => U)

/** The conversion of a step that was given none. */
export const unchanged = (data: unknown): unknown => data

export function toStep<T, U>(
  id: string,
  channel: SinkChannel<U>,
  conversion: Conversion<T, U> | undefined,
  policy: Guard,
): ToStep {
  const given = typeof conversion === 'object' ? mapping(channel.model, conversion) : undefined
  const convert = given ? given.apply : (conversion ?? unchanged)
  return Object.freeze({
    kind: 'to',
    id,
    channel,
    convert: convert as ToStep['convert'],
    mapping: given as ToStep['mapping'],
    policy,
  })
}
