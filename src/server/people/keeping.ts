import type { Json } from '../../message/json-value.ts'
import type { Append, Appended } from '../../store/store.ts'
import type { StreamHead, StreamReader } from '../../store/streams.ts'
import { refused } from '../operations/deciding.ts'

/** Appends to the store of the running instance; refuses while that starts or stops. */
export type Keep = (append: Append) => Promise<Appended>

/** A thing of ours as it stands in its stream: the last event's snapshot is all that is needed. */
export interface Kept<T> {
  readonly version: number
  readonly value: T
}

/** Everything of a kind, as it stands. */
export async function* allKept<T>(
  streams: StreamReader,
  kind: string,
  open?: boolean,
): AsyncGenerator<Kept<T> & { readonly key: string }> {
  for (let after: StreamHead | undefined; ; ) {
    const heads = await streams.heads({ kind, open, after, limit: 500 })
    for (const { key, version, snapshot } of heads)
      if (snapshot) yield { key, version, value: snapshot.data as T }
    after = heads.at(-1)
    if (heads.length < 500) return
  }
}

/** Throws CONTROL-REFUSED where somebody else has changed it in the meantime. */
export async function keepChange<T>(
  keep: Keep,
  name: { readonly kind: string; readonly key: string },
  before: Kept<T> | undefined,
  change: { readonly type: string; readonly value: T; readonly state: string; readonly open?: boolean },
): Promise<Kept<T>> {
  const { type, value, state, open } = change
  const data = JSON.parse(JSON.stringify(value)) as Json
  const appended = await keep({
    ...name,
    version: before?.version ?? 0,
    // What it is stands in the snapshot alone, so that no hash of an earlier password stays; who did it is in the audit.
    events: [{ type, data: null, at: Date.now() }],
    snapshot: data,
    state,
    ...(open !== undefined && { open }),
  })
  if (appended.status === 'conflict') throw refused('Somebody else has changed it in the meantime.')
  return { version: appended.version, value: data as T }
}
