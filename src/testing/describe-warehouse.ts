import { describe } from 'node:test'
import { bulkScenarios } from './warehouse-suite/bulk-scenarios.ts'
import type { WarehouseFixture } from './warehouse-suite/fixture.ts'
import { runScenarios } from './warehouse-suite/run-scenarios.ts'
import { troubleScenarios } from './warehouse-suite/trouble-scenarios.ts'
import { typeScenarios } from './warehouse-suite/type-scenarios.ts'

export type { BreakableWarehouse, OpenedWarehouse, WarehouseFixture } from './warehouse-suite/fixture.ts'

/**
 * The conformance suite of a warehouse, for node:test: the sentences of `Warehouse` as scenarios, over a real database.
 * `make` is called once per scenario and gives a new, empty one.
 */
export function describeWarehouse(name: string, make: () => Promise<WarehouseFixture>): void {
  const subject = { make }
  describe(`warehouse ${name}`, () => {
    describe('types', () => typeScenarios(subject))
    describe('statements', () => runScenarios(subject))
    describe('many rows', () => bulkScenarios(subject))
    describe('in trouble', () => troubleScenarios(subject))
  })
}
