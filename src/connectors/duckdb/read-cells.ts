import type { DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { parseExactly } from '../../message/codec/json-exact.ts'
import type { WarehouseRow } from '../../system/warehouse.ts'
import { dateText, momentText, plainInteger } from '../../system/warehouse-cells.ts'
import type { Duckdb } from './driver.ts'

type Reader = (value: DuckDBValue) => unknown

/** The rows of a chunk, as the contract of a warehouse says. */
export function rowsOf(
  chunk: DuckDBDataChunk,
  names: readonly string[],
  readers: readonly Reader[],
): readonly WarehouseRow[] {
  const columns = readers.map((read, at) =>
    chunk.getColumnValues(at).map(value => (value === null ? null : read(value))),
  )
  return Array.from({ length: chunk.rowCount }, (_, row) =>
    Object.fromEntries(names.map((name, at) => [name, columns[at]?.[row]])),
  )
}

/** How the values of a type are read. */
export function readerOf(type: DuckDBType, duckdb: Duckdb): Reader {
  if (type.alias === 'JSON') return value => parseExactly(String(value), 1000)
  return value => plainValue(value, duckdb)
}

function plainValue(value: DuckDBValue, duckdb: Duckdb): unknown {
  if (typeof value === 'bigint') return plainInteger(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === null || typeof value !== 'object') return value
  if (value instanceof duckdb.DuckDBDateValue) return dateText(value.days)
  if (value instanceof duckdb.DuckDBTimestampTZValue) return zoned(momentText(value.micros))
  if (value instanceof duckdb.DuckDBTimestampValue) return momentText(value.micros)
  if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) return momentText(value.millis * 1000n)
  if (value instanceof duckdb.DuckDBTimestampSecondsValue) return momentText(value.seconds * 1_000_000n)
  if (value instanceof duckdb.DuckDBTimestampNanosecondsValue) return momentText(value.nanos / 1000n)
  if (value instanceof duckdb.DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  return nested(value, duckdb)
}

const zoned = (text: string) => (text.includes('infinity') ? text : `${text}Z`)

/** Lists and objects hold plain values; what is left (uuid, time, interval, decimal, bits) is as DuckDB prints it. */
function nested(value: object, duckdb: Duckdb): unknown {
  const plain = (each: DuckDBValue) => plainValue(each, duckdb)
  if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue)
    return value.items.map(plain)
  if (value instanceof duckdb.DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, each]) => [name, plain(each)]))
  if (value instanceof duckdb.DuckDBMapValue)
    return value.entries.map(entry => ({ key: plain(entry.key), value: plain(entry.value) }))
  if (value instanceof duckdb.DuckDBUnionValue || value instanceof duckdb.DuckDBVariantValue)
    return plain(value.value)
  return String(value)
}
