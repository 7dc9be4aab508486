import { IsthmusError } from '../../errors.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { ClaimedFile } from './claimed-file.ts'
import type { Claimed } from './claims.ts'
import { defaultSettle, type ReadOptions } from './config.ts'
import { encodingOf } from './file-encoding.ts'
import { beginOfFile, type FileRecord, type Place } from './format.ts'
import { contentsOf } from './packed/contents.ts'

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
    const { settle } = options as ReadOptions
    const opened = await claimed.open()
    const file = new ClaimedFile(opened, claimed.stamp, parseDuration(settle ?? defaultSettle), signal)
    try {
      const records = recordsIn(file, options as ReadOptions, last ?? beginOfFile, model.jsonSchema)
      yield* inBatches(records, last?.offset ?? -1)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw error instanceof IsthmusError ? new Unreadable(error.message, { cause: error }) : error
  }
}

/** The records of all that a file holds, at their places among everything that is unpacked. */
async function* recordsIn(
  file: ClaimedFile,
  { format, encoding, entries, unpack }: ReadOptions,
  from: Place,
  schema: JsonSchema,
): AsyncGenerator<FileRecord[]> {
  for await (const { name, base, size, bytes } of contentsOf(file, format, { ...unpack, entries })) {
    if (size !== undefined && from.offset >= base + size && size > 0) continue
    const begin = from.offset < base ? beginOfFile : { offset: from.offset - base, line: from.line }
    try {
      const used = format.packed ? 'utf-8' : await encodingOf(bytes, format, encoding)
      for await (const records of format.records(bytes, used, begin, schema))
        yield name === undefined ? records : records.map(record => within(record, name, base))
    } catch (error) {
      if (name === undefined || !(error instanceof IsthmusError)) throw error
      throw new IsthmusError(error.code, `${name}: ${error.message}`, { cause: error })
    }
  }
}

function within(record: FileRecord, name: string, base: number): FileRecord {
  const moved = { ...record, offset: record.offset + base, part: name }
  return moved.defect === undefined ? moved : { ...moved, defect: `${name}, ${moved.defect}` }
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
      for (const record of some) {
        if (record.offset <= behind) continue
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
