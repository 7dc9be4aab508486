import { IsthmusError } from '../../errors.ts'
import type { SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { ClaimedFile } from './claimed-file.ts'
import type { Claimed } from './claims.ts'
import { defaultSettle, type ReadOptions } from './config.ts'
import { encodingOf } from './file-encoding.ts'
import { beginOfFile, type FileRecord, type Place } from './format.ts'

/** A batch ends at so many records, or when they span so many bytes of the file. */
const mostRecords = 200
const mostBytes = 1024 * 1024

/** Nothing further in a file can be read, however often it is tried. */
export class Unreadable extends Error {}

/** The records of a claimed file behind `last`, the place of a record. Errors that may pass are thrown as they are. */
export async function* recordBatches(
  claimed: Claimed,
  last: Place | undefined,
  { options, model }: SourceChannel<unknown>,
  signal: AbortSignal,
): AsyncGenerator<FileRecord[]> {
  try {
    const { format, encoding, settle } = options as ReadOptions
    const opened = await claimed.open()
    const file = new ClaimedFile(opened, claimed.stamp, parseDuration(settle ?? defaultSettle), signal)
    try {
      const used = await encodingOf(file, format, encoding)
      const records = format.records(file, used, last ?? beginOfFile, model.jsonSchema)
      yield* inBatches(records, last?.offset ?? -1)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw error instanceof IsthmusError ? new Unreadable(error.message, { cause: error }) : error
  }
}

/** Batches of the records behind an offset. Records that came before a fault are given before it is thrown. */
async function* inBatches(
  records: AsyncIterable<FileRecord[]>,
  behind: number,
): AsyncGenerator<FileRecord[]> {
  let batch: FileRecord[] = []
  let fault: unknown
  try {
    for await (const some of records) {
      for (const record of some.filter(({ offset }) => offset > behind)) {
        const begin = batch[0]?.offset ?? record.offset
        if (batch.length === mostRecords || record.offset - begin >= mostBytes) {
          yield batch
          batch = []
        }
        batch.push(record)
      }
    }
  } catch (error) {
    fault = error
  }
  if (batch.length > 0) yield batch
  if (fault !== undefined) throw fault
}
