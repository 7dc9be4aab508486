import type { Json } from '../../../message/json-value.ts'
import type { Append, Appended, StoreReader } from '../../../store/store.ts'

/** That a flow waits because a person said so. Times in milliseconds since 1970 UTC. */
export interface FlowPause {
  readonly by: string
  readonly why: string
  readonly at: number
  /** It goes on by itself then. */
  readonly until?: number | undefined
}

const kind = 'pause'

/** The pauses that last, by flow. */
export async function lastingPauses(
  { streams }: StoreReader,
  now: number,
): Promise<ReadonlyMap<string, FlowPause>> {
  const heads = await streams.heads({ kind, open: true, limit: 10_000 })
  const known = heads.map(head => [head.key, head.snapshot?.data as unknown as FlowPause] as const)
  return new Map(known.filter(([, pause]) => pause && (pause.until === undefined || pause.until > now)))
}

/** Notes durably that a flow is paused or, without a pause, resumed. */
export async function notePause(
  flow: string,
  { by, why, at, pause }: { by: string; why?: string | undefined; at: number; pause?: FlowPause | undefined },
  reader: StoreReader,
  append: (append: Append) => Promise<Appended>,
): Promise<void> {
  for (;;) {
    const version = (await reader.streams.head({ kind, key: flow }))?.version ?? 0
    const data = { by, ...(why !== undefined && { why }), ...(pause?.until && { until: pause.until }) }
    const appended = await append({
      kind,
      key: flow,
      version,
      events: [{ type: pause ? 'paused' : 'resumed', at, data }],
      state: pause ? 'paused' : 'running',
      open: pause !== undefined,
      snapshot: (pause ?? null) as unknown as Json,
    })
    if (appended.status === 'appended') return
  }
}
