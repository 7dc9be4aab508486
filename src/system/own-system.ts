import type { AnyChannel } from './channel.ts'
import { type System, system } from './system.ts'

/** The name of the system to which sagas and the events they wait for belong. */
export const sagasSystem = 'sagas'
/** The name of the system to which transactions over several databases belong. */
export const transactionsSystem = 'transactions'
/** The name of the system to which aggregates belong. */
export const aggregatesSystem = 'aggregates'

const owned: readonly string[] = [sagasSystem, transactionsSystem, aggregatesSystem]

/** Whether a channel is played by the engine itself, over the store. */
export function isOwnChannel({ system }: Pick<AnyChannel, 'system'>): boolean {
  return owned.includes(system)
}

/** A system of Isthmus itself: always there. Its circuit breaker does not stop what goes to one target for another's sake. */
export function ownSystem(name: string): System {
  return system(name, {
    kind: 'other',
    breaker: { failures: 1_000_000 },
    connector: {
      name,
      summary: Object.freeze({}),
      channels: () => ({}),
      connect: async () => ({ check: async () => {}, close: async () => {} }),
    },
  })
}
