import { IsthmusError } from '../../../errors.ts'
import type { Position } from '../../../message/message.ts'

/** How far a capture has come: its position. */
export interface Place {
  readonly slot: string
  /** The server's own identifier, which its copies and standbys share. */
  readonly server: string
  /** Every transaction that was committed before is accepted. */
  readonly lsn: string
  /** Of the transaction committed there, so many changes are accepted as well. */
  readonly part?: { readonly commit: string; readonly done: number } | undefined
  /** The rows that were there at the beginning are not all read: those up to this key are. */
  readonly reading?: { readonly after: readonly string[] | null } | undefined
}

/** Of a position that another slot has left, nothing counts: then the capture begins anew. */
export function placeIn(position: Position | undefined, slot: string): Place | undefined {
  const place = position as unknown as Place | undefined
  return place?.slot === slot ? place : undefined
}

export function positionOf(place: Place): Position {
  return JSON.parse(JSON.stringify(place))
}

/** What cannot be read any more is said to be missing; nothing is skipped. */
export function gap(place: Place | undefined, reason: string): IsthmusError {
  const since = place ? ` Changes after ${place.lsn} may be missing.` : ''
  const remedy =
    'drop the old slot if it is there, and give the channel another "slot": it begins anew with it, and with from: ' +
    '"beginning" it reads all rows again. Then compare what was deleted meanwhile'
  return new IsthmusError('SOURCE-GAP', `A gap is possible: ${reason}.${since} To go on: ${remedy}.`, {
    detail: { lsn: place?.lsn },
  })
}

/** What a person has to do before anything can be captured. */
export function demand(what: string, remedy: string): IsthmusError {
  return new IsthmusError('TARGET-CONTRACT', `${what}. Remedy: ${remedy}`, { fate: 'pause' })
}
