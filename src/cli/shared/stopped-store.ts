import { Projector } from '../../engine/aggregate/projector.ts'
import { realHost } from '../../engine/host.ts'
import { applyOffline, type Decided } from '../../engine/person.ts'
import { forgetPosition } from '../../engine/sources.ts'
import { IsthmusError } from '../../errors.ts'
import type { ProjectionDefinition } from '../../flow/aggregate/definition.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { allowsNewEffects, type Environment } from '../../server/configuration.ts'
import { describeStore, existingStoreAt, type StorePlace } from '../../server/open-store.ts'
import { LocalOperations } from '../../server/operations/local-operations.ts'
import type { Operations } from '../../server/operations/operations.ts'
import { processName } from '../../server/process-name.ts'
import type { Append, Appended, Store, UnfinishedEntry } from '../../store/store.ts'
import { openWarehouse } from './open-warehouse.ts'

/** The operations on a store on which no instance runs; with `decide` it is claimed, so that none starts meanwhile. */
export async function openStopped(
  place: StorePlace,
  landscape: Landscape | undefined,
  environment: Environment,
  decide = false,
): Promise<{ readonly operations: Operations; close(): Promise<void> }> {
  const store = existingStoreAt(place)
  const { close, ...writing } = decide ? await offlineDecisions(store) : readOnly(store)
  const operations = new LocalOperations({
    reader: store.read,
    landscape,
    store: describeStore(place),
    allowNewEffects: allowsNewEffects(environment),
    log: () => {},
    ...(landscape && { openWarehouse: (name: string) => openWarehouse(landscape, name, environment) }),
    ...writing,
  })
  return { operations, close }
}

interface Writing {
  apply(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void>
  append(append: Append): Promise<Appended>
  resync(source: string): Promise<void>
  retry(source: string): Promise<boolean>
  rebuild(projection: ProjectionDefinition): Promise<number>
  close(): Promise<void>
}

function readOnly(store: Store): Writing {
  const refuse = async () => {
    throw new IsthmusError('CONTROL-REFUSED', 'The store was opened for reading only.')
  }
  return {
    apply: refuse,
    append: refuse,
    resync: refuse,
    retry: refuse,
    rebuild: refuse,
    close: () => store.close(),
  }
}

/** After a crash the mark of it stays, for the next start of the instance. */
async function offlineDecisions(store: Store): Promise<Writing> {
  const { token, clean } = await store.claim(processName())
  return {
    apply: (flow, row, decided) => applyOffline(store, flow, { ...row, token }, decided),
    append: async append => (await store.append([append], token))[0] as Appended,
    resync: source => forgetPosition(store, source),
    async retry() {
      throw new IsthmusError(
        'CONTROL-REFUSED',
        'The instance does not run. When it starts, all its sources are tried.',
      )
    },
    rebuild: definition => new Projector({ definition, store, token, host: realHost() }).rebuild(),
    close: () => store.close(clean ? 'clean' : 'unclean'),
  }
}
