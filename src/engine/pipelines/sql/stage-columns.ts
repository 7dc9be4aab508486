import { historyColumns, type Load, loadKey, loadKind } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import type { Column } from '../../../system/warehouse.ts'

/**
 * The columns that rows are appended to, in order: those of the model. The columns by which rows are known are demanded,
 * whatever the model says: a row without them is an error.
 */
export function stageColumns({ columns, load }: Table): readonly Column[] {
  const added = loadKind(load) === 'history' ? historyColumns.length : 0
  const demanded = demandedBy(load)
  return columns
    .slice(0, columns.length - added)
    .map(column => (demanded.includes(column.name) ? { ...column, required: true } : column))
}

function demandedBy(load: Load): readonly string[] {
  return typeof load !== 'string' && 'partition' in load ? [load.partition] : loadKey(load)
}
