import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type ErrorCode, IsthmusError } from '../../errors.ts'
import { type Cells, type Column, quoted, type Warehouse, type WarehouseRow } from '../../system/warehouse.ts'
import type { BreakableWarehouse, OpenedWarehouse, WarehouseFixture, WarehouseSubject } from './fixture.ts'

export const never: AbortSignal = new AbortController().signal

/** One scenario, over a fresh database that is taken away again. */
export function scenario(
  name: string,
  { make }: WarehouseSubject,
  use: (scenario: Scenario) => Promise<void>,
): void {
  it(name, { timeout: 240_000 }, async () => {
    const given = new Scenario(await make())
    try {
      await use(given)
    } finally {
      await given.close()
    }
  })
}

export class Scenario {
  readonly fixture: WarehouseFixture
  readonly #ending: (() => Promise<void>)[] = []

  constructor(fixture: WarehouseFixture) {
    this.fixture = fixture
  }

  async open(): Promise<Warehouse> {
    return this.#kept(await this.fixture.open()).warehouse()
  }

  async openBreakable(): Promise<BreakableWarehouse | undefined> {
    const opened = await this.fixture.openBreakable?.()
    return opened && this.#kept(opened)
  }

  async close(): Promise<void> {
    for (const end of this.#ending) await end()
    await this.fixture.destroy()
  }

  #kept<O extends OpenedWarehouse>(opened: O): O {
    this.#ending.push(() => opened.close())
    return opened
  }
}

export const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  name,
  type,
  required: false,
  ...more,
})

export const numbers: readonly Column[] = [column('n', 'integer'), column('text', 'text')]

export async function makeTable(
  warehouse: Warehouse,
  name: string,
  columns: readonly Column[],
): Promise<void> {
  const defined = columns.map(each => `${quoted(each.name)} ${warehouse.dialect.type(each)}`)
  await warehouse.run([`create table ${quoted(name)} (${defined.join(', ')})`], never)
}

export async function rowsOf(warehouse: Warehouse, sql: string): Promise<WarehouseRow[]> {
  const rows: WarehouseRow[] = []
  for await (const batch of warehouse.query(sql, never)) rows.push(...batch)
  return rows
}

export async function valuesOf(warehouse: Warehouse, sql: string): Promise<unknown[]> {
  return (await rowsOf(warehouse, sql)).map(row => Object.values(row)[0])
}

export async function* inBatches(
  ...batches: readonly (readonly Cells[])[]
): AsyncGenerator<readonly Cells[]> {
  yield* batches
}

/** Fails unless the promise rejects with one of the codes. */
export async function rejectsWith(promise: Promise<unknown>, ...codes: ErrorCode[]): Promise<IsthmusError> {
  const error = await promise.then(
    value => assert.fail(`an error is expected (${codes.join(', ')}), not ${JSON.stringify(value)}`),
    error => error,
  )
  assert.ok(error instanceof IsthmusError, `not classified: ${error}`)
  assert.ok(codes.includes(error.code), `${error.code} is not one of ${codes.join(', ')}: ${error.message}`)
  return error
}

/** A query without an end, in words that all products understand. */
export const endless =
  'with recursive steps (n) as (select 1 union all select n + 1 from steps where n < 2000000000) select count(*) as n from steps'
