import { hash } from 'node:crypto'
import { effectKey } from '../message/effect-key.ts'
import type { Entry } from '../store/store.ts'
import type { Outgoing } from '../system/roles.ts'

const sha256 = (text: string): string => hash('sha256', text, 'binary')

/**
 * Puts a message on its way to channels, under stable effect keys. A key is made of what never changes (landscape,
 * flow, message, step path), never of attempt, worker, time or release.
 */
export function outgoingOf(
  landscape: string,
  entry: Entry,
): (path: string, data: unknown, attempt: number, trace?: Outgoing['trace']) => Outgoing {
  const { flow, id: messageId, key, head } = entry
  let name: readonly string[] | undefined
  return (path, data, attempt, trace = head.trace) => {
    name ??= nameOf(entry)
    const item = {
      data,
      effectKey: effectKey(sha256, [landscape, flow, ...name, path]),
      key,
      messageId,
      attempt,
    }
    return trace ? { ...item, trace } : item
  }
}

/**
 * The same in every store that takes the message from its source, so that two engines that both took it make the same
 * keys. Other content under one identity is another message. What has no identity is known by our own id, and so is what
 * is stale: a person who lets it run has seen that it was not done before. A replay has the name of the message that runs
 * again, unless its effects are to be new.
 */
export function nameOf({ id, head, body }: Entry): readonly string[] {
  if (head.replay) return head.replay.name ?? [id]
  if (head.identity === undefined || head.defect?.code === 'MESSAGE-STALE') return [id]
  return [head.source, head.identity, hash('sha256', body, 'hex')]
}
