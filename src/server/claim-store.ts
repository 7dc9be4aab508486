import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Membership } from '../store/members.ts'
import { OwnerLock } from '../store/sqlite/owner-lock.ts'
import type { Claim, Store } from '../store/store.ts'
import type { Closing } from './closing.ts'
import type { Configuration, Environment } from './configuration.ts'
import { storeAt } from './open-store.ts'
import { processName } from './process-name.ts'
import { version } from './version.ts'

/** Claims a store that one process has for itself, for several members of this one. */
export type Share = (store: Store, owner: string, configuration: Configuration) => Promise<Store>

interface Wanted {
  /** Default: where the configuration says. */
  readonly store: Store | undefined
  readonly share: Share | undefined
  readonly closing: Closing
  readonly environment: Environment
  /** Whether an engine has run with it, and thus leaves by itself. */
  hasRun(): boolean
}

/** Before anything else is opened, so that a second process is refused before it takes a port. */
export async function claimStore(
  configuration: Configuration,
  { store: given, share, closing, environment, hasRun }: Wanted,
): Promise<{ readonly store: Store; readonly claim: Claim | Membership }> {
  const name = processName(environment)
  const { data, storeUrl, roles, partitions } = configuration
  if (storeUrl !== undefined) {
    // The store may be shared, but not the token, the keys and the audit chain that the directory keeps.
    const lock = new OwnerLock(data, name, hostname(), 'instance')
    closing.push(() => lock.release())
  }
  const found = given ?? storeAt(configuration)
  const store = found.join || !share ? found : await share(found, name, configuration)
  let how: 'clean' | 'unclean' = 'clean'
  closing.push(() => store.close(how))
  if (store.join) {
    const member = await store.join({ id: randomUUID(), name, roles, version }, { partitions })
    closing.push(() => (hasRun() ? undefined : member.leave()))
    return { store, claim: member }
  }
  const claim = await store.claim(name, { partitions })
  // A start that fails leaves the mark of an earlier crash in place; an engine that runs closes the store itself.
  if (!claim.clean) how = 'unclean'
  return { store, claim }
}
