import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordsBatch } from '@platformatic/kafka'
import { committedRecords, headersOf, textOf } from './records.ts'

const transactional = 0x10
const control = 0x20

/** A batch of records with these offsets, of one producer. */
function batch(producerId: bigint, first: bigint, count: number, attributes = transactional): RecordsBatch {
  const records = Array.from({ length: count }, (_, n) => ({
    ...{ length: 0, attributes: 0, timestampDelta: BigInt(n), offsetDelta: n },
    ...{ key: null, value: Buffer.from(String(first + BigInt(n))), headers: [] },
  }))
  return {
    ...{ firstOffset: first, length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0, attributes },
    ...{ lastOffsetDelta: count - 1, firstTimestamp: 1000n, maxTimestamp: 9000n },
    ...{ producerId, producerEpoch: 0, firstSequence: 0, records },
  }
}

/** Source: the class ControlRecordType of Apache Kafka: version, and then 0 for an abort and 1 for a commit. */
function marker(producerId: bigint, offset: bigint, kind: 'abort' | 'commit'): RecordsBatch {
  const made = batch(producerId, offset, 1, transactional | control)
  const [record] = made.records
  if (record) record.key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1])
  return made
}

const offsets = (records: readonly RecordsBatch[], aborted: [bigint, bigint][], from = 0n) => {
  const abortedTransactions = aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset }))
  const read = committedRecords({ records, abortedTransactions }, from)
  return [read.records.map(({ offset }) => Number(offset)), Number(read.next)]
}

test('what was aborted is left out, and nothing else of its producer', () => {
  const log = [
    ...[batch(1n, 0n, 2), marker(1n, 2n, 'abort'), batch(1n, 3n, 2), marker(1n, 5n, 'commit')],
    // A transaction that wrote nothing here.
    ...[
      marker(1n, 6n, 'abort'),
      batch(2n, 7n, 1),
      batch(1n, 8n, 1),
      marker(1n, 9n, 'abort'),
      marker(2n, 10n, 'commit'),
    ],
  ]
  assert.deepEqual(
    offsets(log, [
      [1n, 0n],
      [1n, 8n],
    ]),
    [[3, 4, 7], 11],
  )
})

test('what was aborted behind the end of an answer is left out', () => {
  assert.deepEqual(offsets([batch(1n, 0n, 3), batch(2n, 3n, 1)], [[1n, 0n]]), [[3], 4])
})

test('records before the place are not read again, and places behind control records are kept', () => {
  assert.deepEqual(offsets([batch(-1n, 0n, 5, 0), marker(1n, 5n, 'commit')], [], 3n), [[3, 4], 6])
  assert.deepEqual(offsets([], [], 7n), [[], 7])
})

test('a time is that of the record, or of its appending, as the topic is set', () => {
  const times = (attributes: number) =>
    committedRecords({ records: [batch(-1n, 0n, 2, attributes)], abortedTransactions: null }, 0n).records.map(
      ({ time }) => time,
    )
  assert.deepEqual(times(0), [1000, 1001])
  assert.deepEqual(times(0x08), [9000, 9000])
})

test('bytes that are no text are shown as base64, and no header changes a prototype', () => {
  assert.equal(textOf(Buffer.from('中')), '中')
  assert.equal(textOf(Buffer.from([0xff])), 'base64:/w==')
  const name = Buffer.from('__proto__')
  const record = {
    offset: 0n,
    time: 0,
    key: null,
    value: null,
    headers: [[name, Buffer.from('x')]] as [Buffer, Buffer][],
  }
  assert.equal(Object.getOwnPropertyDescriptor(headersOf(record), '__proto__')?.value, 'x')
})
