import type { Fate } from '../errors.ts'

/** What the engine tells those who watch it. Watchers must not throw; they cannot change what happens. */
export type EngineEvent =
  | { readonly type: 'accepted'; readonly flow: string; readonly key: string; readonly id: string }
  /** What a source delivered, once it was accepted and could be read. Nothing personal of it may be kept or told. */
  | { readonly type: 'received'; readonly source: string; readonly data: unknown }
  | { readonly type: 'duplicate' | 'conflict'; readonly source: string; readonly id: string }
  /** A record of a transport that no Isthmus has written: it is passed over. */
  | { readonly type: 'foreign'; readonly source: string; readonly place: string }
  | {
      readonly type: 'ended'
      readonly flow: string
      readonly key: string
      readonly seq: number
      readonly outcome: 'delivered' | 'filtered' | 'discarded'
      /** Milliseconds from acceptance to the durable outcome. */
      readonly ms: number
      /** Names of the rules of severity `warn` that its data break. */
      readonly warned?: readonly string[] | undefined
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
      /** Names of the rules of severity `park` that its data break. */
      readonly rules?: readonly string[] | undefined
    }
  | {
      readonly type: 'call'
      /** Flow or saga. */
      readonly by: string
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
  /** A run of a pipeline that begins, goes on or ends. */
  | {
      readonly type: 'run'
      readonly pipeline: string
      readonly key: string
      readonly status: 'running' | 'failed' | 'published' | 'cancelled'
      readonly trigger: 'schedule' | 'person' | 'backfill' | 'repair'
      /** Milliseconds since it began. */
      readonly ms: number
      readonly reason?: string | undefined
      /** Of the tables whose rows stand in their stages. */
      readonly counts: readonly {
        readonly table: string
        readonly isRead: boolean
        readonly read: number
        readonly filtered: number
        readonly parked: number
        readonly superseded: number
        readonly written: number
      }[]
    }
  /** Something that is done by one member of the store at a time is done here from now on, or is not any more. */
  | {
      readonly type: 'lease'
      readonly lease: string
      readonly state: 'taken' | 'given'
      readonly clean?: boolean
    }
  /** Signs of life fail: nothing new is begun; or it is again. */
  | { readonly type: 'membership'; readonly sure: boolean }
  /** This machine's clock is so many milliseconds ahead of the store's; 0 when it is not any more. */
  | { readonly type: 'clock'; readonly ahead: number }
  | { readonly type: 'fatal'; readonly code: string; readonly reason: string }

export type Watcher = (event: EngineEvent) => void
