import { IsthmusError } from '../../errors.ts'
import { checksum } from '../checksum.ts'

/**
 * What an entry's checksum covers: `id`, `key` and `head` as the tables hold them. Its number is not known yet when the
 * sum is made; the statement that gives it mixes it in by xor.
 */
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
  return checksum([flow, partition, acceptedAt, id, key, head], body)
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
