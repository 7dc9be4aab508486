import { crc32 } from 'node:zlib'
import { IsthmusError } from '../../errors.ts'
import { toText } from './stored-text.ts'

/** What an entry's checksum covers, besides its number: `id`, `key` and `head` as the tables hold them. */
export interface ChecksummedEntry {
  readonly flow: string
  readonly partition: number
  readonly acceptedAt: number
  readonly id: string
  readonly key: string
  readonly head: string
  readonly body: Uint8Array
}

export function entryChecksum(entry: ChecksummedEntry): number {
  const { flow, partition, acceptedAt, id, key, head, body } = entry
  return crc32(body, rowChecksum(toText(flow), partition, acceptedAt, id, key, head))
}

/** Of the columns of a row but `seq`, which the tables mix in by xor. No column's text holds the separator. */
export function rowChecksum(...columns: readonly (string | number | null)[]): number {
  return crc32(columns.join('\u0000'))
}

/** `found` is the stored checksum with `seq` taken out again. Throws STORE-FAILED: damaged rows are never handed out. */
export function assertUndamaged(
  expected: number,
  found: unknown,
  table: string,
  flow: string,
  seq: number,
): void {
  if (Number(found) === expected) return
  throw new IsthmusError(
    'STORE-FAILED',
    `row ${seq} of flow ${flow} in table ${table} is damaged: its checksum is ${found} instead of ${expected}. ` +
      'Check the disk and the memory of the database server, and restore the row from a backup.',
    { detail: { table, flow, seq } },
  )
}
