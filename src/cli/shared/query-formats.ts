import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { xlsxBytes } from '../../connectors/files/sheets/xlsx-bytes.ts'
import { csvEncode } from '../../message/codec/csv-encode.ts'
import type { QueryRows } from './query-rows.ts'

export const formats = ['table', 'csv', 'json', 'xlsx'] as const
export type Format = (typeof formats)[number]

/** Undefined for what there is none of. */
export function formatOf(given: string | undefined, out: string | undefined): Format | undefined {
  const ending = /\.(csv|json|xlsx)$/i.exec(out ?? '')?.[1]?.toLowerCase()
  const format = given ?? ending ?? (out === undefined ? 'table' : 'csv')
  return formats.find(each => each === format)
}

/** Writes rows as they come, but for xlsx, which is made as a whole. Gives their number. */
export async function writeRows(
  rows: QueryRows,
  format: Exclude<Format, 'table'>,
  target: Writable,
  numbers: readonly string[],
): Promise<number> {
  let written = 0
  const counted = async function* () {
    for await (const batch of rows.batches()) {
      written += batch.length
      yield batch
    }
  }
  const pieces = { csv: csvPieces, json: jsonPieces, xlsx: xlsxPieces }[format]
  for await (const piece of pieces({ ...rows, batches: counted }, numbers))
    if (!target.write(piece)) await once(target, 'drain')
  if (target !== process.stdout) {
    target.end()
    await finished(target)
  }
  return written
}

type Pieces = (rows: QueryRows, numbers: readonly string[]) => AsyncGenerator<string | Uint8Array>

const csvPieces: Pieces = async function* (rows) {
  let header = true
  for await (const batch of rows.batches()) {
    const columns = await rows.columns()
    yield csvEncode(recordsOf(columns, batch), { columns, header })
    header = false
  }
  if (header) yield csvEncode([], { columns: await rows.columns() })
}

const jsonPieces: Pieces = async function* (rows) {
  let before = '[\n'
  for await (const batch of rows.batches()) {
    const columns = await rows.columns()
    for (const cells of batch) {
      const named = Object.fromEntries(columns.map((name, at) => [name, cells[at]]))
      yield before + JSON.stringify(named)
      before = ',\n'
    }
  }
  yield before.startsWith('[') ? '[]\n' : '\n]\n'
}

const xlsxPieces: Pieces = async function* (rows, numbers) {
  const all = (await Array.fromAsync(rows.batches())).flat()
  const columns = await rows.columns()
  yield xlsxBytes([...recordsOf(columns, all)], { header: [...columns], numbers: [...numbers] })
}

/** What is no plain value is JSON in its cell. */
function* recordsOf(columns: readonly string[], batch: readonly (readonly unknown[])[]) {
  for (const cells of batch)
    yield Object.fromEntries(
      columns.map((name, at) => {
        const cell = cells[at]
        return [name, typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell]
      }),
    )
}
