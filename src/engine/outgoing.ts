import { hash } from 'node:crypto'
import { effectKey } from '../message/effect-key.ts'
import type { Entry } from '../store/store.ts'
import type { Outgoing } from '../system/roles.ts'

const sha256 = (text: string): string => hash('sha256', text, 'binary')

/**
 * A message on its way to a channel, under its stable effect key. The key is made of what never changes (landscape,
 * flow, message, step path), never of attempt, worker, time or release.
 */
export function outgoing(
  landscape: string,
  entry: Entry,
  path: string,
  data: unknown,
  attempt: number,
): Outgoing {
  return {
    data,
    effectKey: effectKey(sha256, [landscape, entry.flow, entry.id, path]),
    key: entry.key,
    messageId: entry.id,
    attempt,
  }
}
