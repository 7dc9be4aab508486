import type { TableCheck } from '../../flow/pipeline/check-table.ts'
import type { Reading } from '../../flow/pipeline/extraction.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import { add, multiply } from '../../model/decimal.ts'
import { channelId, type RequesterChannel } from '../../system/channel.ts'
import type { Warehouse, WarehouseRow } from '../../system/warehouse.ts'
import { type Asking, ask } from './reading-query.ts'
import type { CheckResult } from './run-fact.ts'
import type { RunScope } from './run-scope.ts'
import { checkQuery, verdict } from './sql/check.ts'

interface Checking extends RunScope {
  readonly tables: readonly Table[]
  readonly reading: Reading
  readonly warehouse: Warehouse
  readonly signal: AbortSignal
  asking(channel: RequesterChannel<unknown, unknown>): Asking
}

/** Looks at every table of a run as readers would see it once it was published. */
export async function runChecks(checking: Checking): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const table of checking.tables)
    for (const check of table.checks) results.push(await runCheck(checking, table, check))
  return results
}

async function runCheck(checking: Checking, table: Table, check: TableCheck): Promise<CheckResult> {
  const { warehouse, signal } = checking
  const { name, severity } = check
  const about = { table: table.name, check: name, severity }
  const sql = checkQuery(check, table, checking)
  const rows = (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  if (check.kind === 'reconciled') return { ...about, ...(await reconcile(checking, check, rows[0] ?? {})) }
  return { ...about, ...verdict(check, rows) }
}

type Found = Pick<CheckResult, 'ok' | 'found' | 'examples'>

/** What the system says of itself, against what the warehouse holds. */
async function reconcile(
  { asking, reading, run }: Checking,
  check: Extract<TableCheck, { kind: 'reconciled' }>,
  held: WarehouseRow,
): Promise<Found> {
  const answer = await ask(asking(check.channel), check.request(reading), `${run}/${check.name}`)
  const differing = Object.entries(check.says(answer)).flatMap(([name, said]) => {
    const has = held[name]
    const isSame = has !== undefined && has !== null && isZero(add(said, multiply(String(has), -1)))
    return isSame
      ? []
      : [`${name}: ${channelId(check.channel)} says ${said}, the table holds ${has ?? 'nothing'}`]
  })
  return { ok: differing.length === 0, found: differing.join('; ') || 'the same', examples: [] }
}

const isZero = (amount: string) => !/[1-9]/.test(amount)
