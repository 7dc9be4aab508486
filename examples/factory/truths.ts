import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { CrmTruth } from './crm/database.ts'
import type { ErpTruth } from './erp/database.ts'
import type { HrmTruth } from './hrm/database.ts'
import type { MesTruth, Reading } from './mes/database.ts'
import type { PartnersTruth } from './partners/database.ts'
import type { SimulatedName } from './plant.ts'
import { ask } from './processes.ts'
import type { LoggedSaga } from './saga-logs.ts'
import type { TransferTruth } from './stock-transfer/proof.ts'

/** Everything that the systems hold, by their own words. */
export interface Truths {
  readonly mes: MesTruth
  readonly erp: ErpTruth
  readonly crm: CrmTruth
  readonly hrm: HrmTruth
  readonly partners: PartnersTruth
  /** Temperatures in the table of quality. */
  readonly quality: readonly Reading[]
  /** Of orders to cash. */
  readonly sagas: readonly LoggedSaga[]
  readonly transfers: TransferTruth
}

/** `quality` is the file of its database. */
export async function askTruths(
  url: (name: SimulatedName) => string,
  quality: string,
): Promise<Omit<Truths, 'sagas' | 'transfers'>> {
  const [mes, erp, crm, hrm, partners] = await Promise.all([
    ask<MesTruth>(`${url('mes')}/truth`),
    ask<ErpTruth>(`${url('erp')}/truth`),
    ask<CrmTruth>(`${url('crm')}/truth`),
    ask<HrmTruth>(`${url('hrm')}/truth`),
    ask<PartnersTruth>(`${url('partners')}/truth`),
  ])
  return { mes, erp, crm, hrm, partners, quality: temperaturesIn(quality) }
}

/** None where no sensor has ever reported. */
function temperaturesIn(file: string): Reading[] {
  if (!existsSync(file)) return []
  const db = new DatabaseSync(file, { readOnly: true })
  const rows = db.prepare('select station, no, celsius from temperatures').all()
  db.close()
  return rows as unknown as Reading[]
}
