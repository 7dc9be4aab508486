/**
 * What a sink or requester channel declares about repeating a call:
 * `read` changes nothing; `idempotent` may be repeated with the same effect key and then happens once;
 * `compensable` may happen twice if repeated, but can be undone; `irreversible` may happen twice and cannot.
 */
export type EffectKind = 'read' | 'idempotent' | 'compensable' | 'irreversible'

/** `probe` says that the channel can be asked whether a call with a given effect key has happened. */
export interface Effect<K extends EffectKind = EffectKind, P extends boolean = boolean> {
  readonly kind: K
  readonly probe: P
}

/** An effect whose call may be repeated when its outcome is not known. */
export type RepeatableEffect = Effect<'read' | 'idempotent'>

export const read: Effect<'read', false> = { kind: 'read', probe: false }
export const idempotent: Effect<'idempotent', false> = { kind: 'idempotent', probe: false }
export const compensable: Effect<'compensable', false> = { kind: 'compensable', probe: false }
export const irreversible: Effect<'irreversible', false> = { kind: 'irreversible', probe: false }

/** The same contract on a channel that can be probed. */
export function probed<K extends EffectKind>(effect: Effect<K>): Effect<K, true> {
  return { kind: effect.kind, probe: true }
}

export function isRepeatable(effect: Effect): boolean {
  return effect.kind === 'read' || effect.kind === 'idempotent'
}
