import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { NewMessage, Store } from '../store/store.ts'
import type { SourceChannel } from '../system/channel.ts'
import { decode } from './run-message.ts'

/** A message whose identity is known with other content, as it is kept: set aside, once per content. */
export function conflicting(message: NewMessage, own: string | undefined, id: string): NewMessage {
  const reason = `Other data were accepted under its identity (${own}) before, as message ${id}.`
  return {
    ...message,
    head: { ...message.head, defect: { code: 'MESSAGE-CONFLICT', reason } },
    identity: `${message.identity}\0${contentOf(message.body)}`,
  }
}

/** Whether the known message `id` has the same data as a message, though its bytes differ. `read`: the data of that. */
export async function isSame(
  store: Pick<Store, 'read'>,
  channel: SourceChannel<unknown>,
  id: string,
  { head }: NewMessage,
  read: unknown,
): Promise<boolean> {
  const [first] = await store.read.entries({ id, limit: 1 })
  if (!first || first.head.defect || head.defect) return false
  try {
    return isDeepStrictEqual(decode(first, channel), read)
  } catch {
    // Its codec has changed since.
    return false
  }
}

export function contentOf(body: Uint8Array): string {
  return hash('sha256', body, 'hex')
}
