import type { Store } from '../../store/store.ts'
import type { Participant } from '../../system/roles.ts'
import type { Watcher } from '../events.ts'
import type { Host } from '../host.ts'
import type { DecisionLog } from './decision-log.ts'
import type { Gids } from './gid.ts'

export interface CoordinatorOptions {
  readonly log: DecisionLog
  readonly gids: Gids
  readonly host: Host
  readonly watch: Watcher
  /** Throws TARGET-UNAVAILABLE while its system is not connected. */
  readonly participant: (system: string) => Participant
  /** Waits until a system may be called; what came of the call is told to what this gives. */
  readonly turn: (system: string, signal: AbortSignal) => Promise<(error?: unknown) => void>
}

export interface TransactionsOptions {
  readonly cluster: string
  readonly store: Store
  readonly token: number
  readonly host: Host
  readonly watch: Watcher
  /** Of all transactions. */
  readonly systems: readonly string[]
  readonly participant: (system: string) => Participant
  readonly turn: (system: string, signal: AbortSignal) => Promise<(error?: unknown) => void>
}
