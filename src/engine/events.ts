import type { Fate } from '../errors.ts'

/** What the engine tells those who watch it. Watchers must not throw; they cannot change what happens. */
export type EngineEvent =
  | { readonly type: 'accepted'; readonly flow: string; readonly key: string; readonly id: string }
  | { readonly type: 'duplicate' | 'conflict'; readonly source: string; readonly id: string }
  | {
      readonly type: 'ended'
      readonly flow: string
      readonly key: string
      readonly seq: number
      readonly outcome: 'delivered' | 'filtered' | 'discarded'
      /** Milliseconds from acceptance to the durable outcome. */
      readonly ms: number
    }
  | {
      readonly type: 'setback'
      readonly flow: string
      readonly key: string
      readonly seq: number
      readonly fate: Fate
      readonly code: string
      readonly reason: string
      readonly step: string | undefined
      readonly attempts: number
      /** Paths of the fields that do not fit their model, `lines[2].qty`; none of their values. */
      readonly fields?: readonly string[] | undefined
    }
  | {
      readonly type: 'call'
      readonly system: string
      readonly channel: string
      readonly items: number
      readonly ms: number
      readonly error: string | undefined
    }
  | { readonly type: 'recorded'; readonly flow: string; readonly facts: number; readonly ms: number }
  | { readonly type: 'synced'; readonly messages: number; readonly ms: number }
  | { readonly type: 'paused'; readonly flow: string; readonly reason: string; readonly ms: number }
  | {
      readonly type: 'source'
      readonly source: string
      readonly state: 'running' | 'failed' | 'stopped'
      readonly reason?: string
    }
  | {
      readonly type: 'system'
      readonly system: string
      readonly state: 'open' | 'unreachable'
      readonly reason?: string
    }
  | { readonly type: 'admission'; readonly open: boolean; readonly reason?: string }
  | {
      readonly type: 'saga'
      readonly saga: string
      readonly key: string
      readonly status: string
      readonly reason?: string | undefined
      /** Milliseconds since it began. */
      readonly ms: number
    }
  /** Sagas that would wait for each other's locks: the last one turned back. */
  | { readonly type: 'deadlock'; readonly on: string; readonly sagas: readonly string[] }
  | {
      readonly type: 'transaction'
      readonly transaction: string
      readonly outcome: 'committed' | 'failed'
      readonly ms: number
    }
  /** A transaction, or a branch at a database, whose outcome is open, or mixed. */
  | {
      readonly type: 'in doubt'
      readonly transaction: string
      readonly gid: string
      readonly reason: string
      /** It has come out differently at its databases: nothing mends that by itself. */
      readonly mixed?: true | undefined
      /** Milliseconds since it began, where that is known. */
      readonly ms: number
    }
  | { readonly type: 'fatal'; readonly code: string; readonly reason: string }

export type Watcher = (event: EngineEvent) => void
