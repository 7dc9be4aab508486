import { IsthmusError } from '../errors.ts'
import type { ConnectContext } from '../system/connector.ts'

/**
 * What a connector is given when a test opens it: every call may go, every address is allowed, nothing is logged, and
 * a setting is its own text or one of `settings`, by name.
 */
export function connectContext(
  over: Partial<ConnectContext> & { readonly settings?: Readonly<Record<string, string>> } = {},
): ConnectContext {
  const { settings = {}, ...rest } = over
  return {
    system: 'system',
    routes: { add: () => () => {} },
    resolve(setting) {
      if (typeof setting === 'string') return setting
      const value = settings[setting.name] ?? setting.fallback
      if (value === undefined) throw new IsthmusError('CONFIG-MISSING', `${setting.name} is not set`)
      return value
    },
    turn: async () => () => {},
    allows: () => true,
    now: () => Date.now(),
    log: () => {},
    ...rest,
  }
}
