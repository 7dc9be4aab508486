import { IsthmusError } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { Environment } from '../../server/configuration.ts'
import { cellsOf, columnsAlone } from '../../server/operations/pipelines/warehouse-query.ts'
import { mostRows } from '../../server/operations/pipelines/warehouse-schemas.ts'
import { dataOf, type PlaceValues } from './access.ts'
import { loadLandscape } from './landscape-file.ts'
import { openWarehouse } from './open-warehouse.ts'
import { runningInstance } from './remote-operations.ts'

/** The rows of a query, batch by batch. */
export interface QueryRows {
  columns(): Promise<readonly string[]>
  batches(): AsyncIterable<readonly (readonly unknown[])[]>
  /** Once all have been taken: whether there were more. */
  more(): boolean
  close(): Promise<void>
}

interface Query extends PlaceValues {
  readonly sql: string
  readonly limit: number
  readonly warehouse?: string | undefined
}

/** Of the running instance; else of the warehouse itself, which is opened for that. */
export async function openQuery(query: Query, environment: Environment): Promise<QueryRows> {
  const remote = await runningInstance(await dataOf(query, environment))
  if (!remote) return await openItself(query, await loadLandscape(query.landscape), environment)
  const { pipelines } = await remote.pipelines.list()
  const system = oneOf(
    pipelines.map(each => each.warehouse),
    query.warehouse,
  )
  const limit = Math.min(query.limit, mostRows)
  const answer = await remote.pipelines.query({ system, sql: query.sql, limit })
  return {
    columns: async () => answer.columns,
    async *batches() {
      yield answer.rows
    },
    more: () => answer.more,
    close: async () => {},
  }
}

async function openItself(
  { sql, limit, warehouse: named }: Query,
  landscape: Landscape,
  environment: Environment,
): Promise<QueryRows> {
  const name = oneOf(
    landscape.pipelines.map(({ system }) => system),
    named,
  )
  const { warehouse, close } = await openWarehouse(landscape, name, environment)
  const { signal } = new AbortController()
  let [first, more]: [readonly string[] | undefined, boolean] = [undefined, false]
  return {
    columns: async () => first ?? (await columnsAlone(warehouse, sql, signal)),
    async *batches() {
      let left = limit
      for await (const batch of warehouse.query(sql, signal)) {
        first ??= Object.keys(batch[0] ?? {})
        more = batch.length > left
        yield batch.slice(0, left).map(cellsOf)
        left -= batch.length
        if (more) return
      }
    },
    more: () => more,
    close,
  }
}

function oneOf(warehouses: readonly string[], named: string | undefined): string {
  const known = [...new Set(warehouses)]
  const [only] = known
  if (named !== undefined) return named
  if (only !== undefined && known.length === 1) return only
  const which =
    known.length === 0 ? 'No pipeline of the landscape makes tables' : `There are ${known.join(', ')}`
  throw new IsthmusError('CLI-USAGE', `${which}: say which with --warehouse.`)
}
