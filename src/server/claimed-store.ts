import type { Store } from '../store/store.ts'

export interface ClaimedStore {
  /** Its claim answers at once. */
  readonly store: Store
  /** From now on closing marks the stop as clean. */
  markRunning(): void
}

/**
 * Claims a store before anything else is opened, so that a second process is refused before it takes a port. After a
 * crash, a start that fails before the engine runs leaves the mark of the crash in place: closing does nothing then,
 * and the claim ends with the process.
 */
export async function claimStore(store: Store, owner: string): Promise<ClaimedStore> {
  const claim = await store.claim(owner).catch(async error => {
    await store.close().catch(() => {})
    throw error
  })
  let mayClose = claim.clean
  const claimed: Store = {
    claim: async () => claim,
    accept: (messages, position) => store.accept(messages, position),
    settle: settlement => store.settle(settlement),
    retire: limits => store.retire(limits),
    read: store.read,
    close: async () => {
      if (mayClose) await store.close()
    },
  }
  return {
    store: claimed,
    markRunning: () => {
      mayClose = true
    },
  }
}
