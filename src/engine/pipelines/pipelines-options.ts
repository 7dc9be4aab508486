import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import type { Store } from '../../store/store.ts'
import type { RequesterChannel, SourceChannel } from '../../system/channel.ts'
import type { Requester, Source } from '../../system/roles.ts'
import type { Warehouse } from '../../system/warehouse.ts'
import type { Watcher } from '../events.ts'
import type { Governor } from '../governance/governor.ts'
import type { Host } from '../host.ts'

export interface PipelinesOptions {
  readonly pipelines: readonly Pipeline[]
  readonly store: Store
  readonly token: number
  readonly host: Host
  readonly watch: Watcher
  /** Nothing can be made durable any more. */
  readonly onFatal: (error: unknown) => void
  /** Throws TARGET-UNAVAILABLE while the system is not connected. */
  warehouse(system: string): Warehouse
  role(channel: SourceChannel<unknown> | RequesterChannel<unknown, unknown>): Source | Requester
  governor(system: string): Governor
}
