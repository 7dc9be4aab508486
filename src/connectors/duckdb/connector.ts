import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { describeSetting } from '../../system/setting.ts'
import type { Warehouse } from '../../system/warehouse.ts'
import type { DuckdbOptions } from './config.ts'
import { DuckdbFile } from './file.ts'
import { duckdbNames } from './names.ts'
import { DuckdbWarehouse } from './warehouse.ts'

/**
 * DuckDB, an analytical database within this process, in one file: a warehouse for pipelines, without a server. Needs
 * the package `@duckdb/node-api`.
 */
export function duckdb(options: DuckdbOptions): Connector<Record<never, never>> {
  checkOptionNames('duckdb()', options, duckdbNames)
  const { file, memory, threads } = options
  if (memory !== undefined && !/^\d+(\.\d+)? ?[KMGT]i?B$/i.test(memory))
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `The memory of duckdb() is such as 512MB or 4GB, not ${memory}.`,
    )
  if (threads !== undefined && (!Number.isSafeInteger(threads) || threads < 1))
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `The threads of duckdb() are a number from 1 on, not ${threads}.`,
    )
  return {
    name: 'duckdb',
    summary: Object.freeze({ file: describeSetting(file) }),
    channels: () => ({}),
    connect: async context => new DuckdbOpened(options, context),
  }
}

/** The file is opened at first use: one that another process holds shows in the first call. */
class DuckdbOpened implements Connection {
  readonly #file: DuckdbFile
  readonly #warehouse: DuckdbWarehouse

  constructor({ file, ...options }: DuckdbOptions, context: ConnectContext) {
    this.#file = new DuckdbFile(context.resolve(file), options, context.system)
    this.#warehouse = new DuckdbWarehouse(this.#file)
  }

  warehouse(): Warehouse {
    return this.#warehouse
  }

  check(): Promise<void> {
    return this.#file.use('Asking', async connection => void (await connection.run('select 1')))
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
