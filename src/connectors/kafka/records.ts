import { isUtf8 } from 'node:buffer'
import type { RecordsBatch } from '@platformatic/kafka'
import type { KafkaRecord } from './config.ts'

/** A record as it lies in a partition. */
export interface RawRecord {
  readonly offset: bigint
  /** Milliseconds since 1970 UTC. */
  readonly time: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly [Buffer | null, Buffer | null][]
}

/** What one answer of a broker holds of a partition. */
export interface FetchedPartition {
  readonly records?: readonly RecordsBatch[] | null
  readonly abortedTransactions:
    | readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
    | null
}

/** Records from an offset on, and the offset behind all that was looked at. */
export interface Fetched {
  readonly records: readonly RawRecord[]
  readonly next: bigint
  /** Of the leader that wrote the last of what was looked at; undefined if that was nothing. */
  readonly epoch?: number | undefined
}

/** Attributes of a batch. Source: https://kafka.apache.org/documentation/#recordbatch */
const appendTime = 0x08
const transactional = 0x10
const control = 0x20

/**
 * The records that readers of committed records see: none of a transaction that was aborted, whether it ends in this
 * answer or behind it. A marker ends what its producer has begun, and nothing that it did before.
 * Source: KIP-98, and the class CompletedFetch of Apache Kafka.
 */
export function committedRecords(partition: FetchedPartition, from: bigint): Fetched {
  const aborted = [...(partition.abortedTransactions ?? [])].sort((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : 1,
  )
  const aborting = new Set<bigint>()
  const records: RawRecord[] = []
  let next = from
  let epoch: number | undefined
  for (const batch of partition.records ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta)
    if (last < from) continue
    while (aborted[0] && aborted[0].firstOffset <= last) aborting.add(aborted.shift()?.producerId as bigint)
    if (batch.attributes & control) {
      if (isAbort(batch)) aborting.delete(batch.producerId)
    } else if (!(batch.attributes & transactional && aborting.has(batch.producerId)))
      for (const record of batch.records) addRecord(records, batch, record, from)
    next = last + 1n
    epoch = batch.partitionLeaderEpoch
  }
  return { records, next, epoch }
}

function isAbort(batch: RecordsBatch): boolean {
  const key = batch.records[0]?.key
  return key ? key.readInt16BE(2) === 0 : false
}

function addRecord(
  records: RawRecord[],
  batch: RecordsBatch,
  record: RecordsBatch['records'][number],
  from: bigint,
): void {
  const offset = batch.firstOffset + BigInt(record.offsetDelta)
  if (offset < from) return
  const isAppendTime = (batch.attributes & appendTime) !== 0
  const time = Number(isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta)
  records.push({ offset, time, key: record.key, value: record.value, headers: record.headers })
}

/** Bytes as text: UTF-8, or `base64:` with the bytes where they are none, so that none is lost. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? buffer.toString() : `base64:${buffer.toString('base64')}`
}

export function headersOf(record: RawRecord): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of record.headers) if (name) headers[textOf(name)] = value ? textOf(value) : ''
  return headers
}

/** As functions of the author see it. */
export function recordOf(topic: string, partition: number, raw: RawRecord, value: unknown): KafkaRecord {
  const { offset, time, key } = raw
  return {
    ...{ topic, partition, offset: String(offset), time, value },
    key: key ? textOf(key) : undefined,
    headers: headersOf(raw),
  }
}
