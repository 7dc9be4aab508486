import { setTimeout as delay } from 'node:timers/promises'
import type { Plant } from '../plant.ts'
import { totalQueries, type WarehouseTotals } from './proof.ts'

/** How long a run may take, milliseconds. */
const patience = 600_000

/**
 * Waits until the warehouse is loaded with all there is. Where nights are short, by the next run, which reads what has been
 * added since the one before; else by a run that begins now, and reads everything if its date was run before. Gives what was
 * wrong with it, if something was.
 */
export async function loadWarehouse(plant: Plant): Promise<string | undefined> {
  const end = performance.now() + patience
  const { night } = plant.options
  let key = night === undefined ? undefined : await plant.nextRun('nightly')
  while (performance.now() < end) {
    key ??= await plant.orderRun('nightly').catch(whileUnderWay)
    const run = key === undefined ? undefined : await plant.run('nightly', key).catch(whileMissing)
    if (run?.run.status === 'published') return undefined
    if (run && run.run.status !== 'running') return reasonOf(run)
    await delay(200)
  }
  return 'its run does not end'
}

function reasonOf({ run, checks }: Awaited<ReturnType<Plant['run']>>): string {
  const broken = checks.filter(({ ok, severity }) => !ok && severity === 'stop')
  const found = broken.map(({ table, check, found }) => `${table}, ${check}: ${found}`)
  return [`its run ${run.status}`, run.failure?.table, run.failure?.reason, ...found]
    .filter(Boolean)
    .join(': ')
}

/** Undefined for a run that is not over yet. */
function whileUnderWay(error: unknown): undefined {
  if (!/under way|begun by somebody else/.test(String(error))) throw error
}

/** Undefined for a run that has not begun. */
function whileMissing(error: unknown): undefined {
  if (!/has no run/.test(String(error))) throw error
}

/** What it holds. */
export async function warehouseTotals(plant: Plant): Promise<WarehouseTotals> {
  const totals: Record<string, unknown> = {}
  for (const [name, sql] of Object.entries(totalQueries)) totals[name] = await plant.query(sql)
  return totals as unknown as WarehouseTotals
}
