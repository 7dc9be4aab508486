import type { Redactor } from '../observe/redactor.ts'
import type { Connection } from '../system/connector.ts'
import { addressRule } from '../system/network.ts'
import type { System } from '../system/system.ts'
import type { Environment } from './configuration.ts'
import { resolveSetting } from './settings.ts'

/** A connection for a command that looks at a system, without an engine: it may call at once, and is called by nobody. */
export function connectBriefly(
  system: System,
  environment: Environment,
  redactor: Redactor,
): Promise<Connection> {
  return system.connector.connect({
    system: system.name,
    routes: { add: () => () => {} },
    resolve: setting => resolveSetting(setting, system.name, environment, redactor),
    turn: async () => () => {},
    allows: addressRule(system.allow),
    now: () => Date.now(),
    log: () => {},
  })
}
