import { parseDuration } from '../../system/duration.ts'
import type { SqlOptions } from './config.ts'

/** What a database needs to know to be opened. Durations in milliseconds. */
export interface Opening {
  readonly system: string
  readonly connections: number
  readonly connectTimeout: number
  readonly lockTimeout: number
  readonly statementTimeout: number
  /** A missing file is made. */
  readonly create: boolean
}

/** Throws FLOW-DEFINITION for what is no duration. */
export function openingOf(system: string, options: SqlOptions): Opening {
  return {
    system,
    connections: options.connections ?? 10,
    connectTimeout: parseDuration(options.connectTimeout ?? '5s'),
    lockTimeout: parseDuration(options.lockTimeout ?? '1s'),
    statementTimeout: parseDuration(options.statementTimeout ?? '30s'),
    create: (options.setup?.length ?? 0) > 0,
  }
}
