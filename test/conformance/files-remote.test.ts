import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { jsonLines } from '../../src/connectors/files/index.ts'
import { model } from '../../src/model/model.ts'
import { describeSink, type SinkFixture } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { putFile } from '../integration/files-harness.ts'
import { connectTo, type Kind, remotePlace, withoutServer } from '../integration/files-remote-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Number(), text: Type.String() }) })
const limit = 2 ** 22

// That of FTP which is encrypted differs from the other in this alone: one suite for each is enough.
for (const kind of ['SFTP', 'FTPS'] as const) {
  if (isMissing(kind)) continue
  describeSource(`files over ${kind}`, () => inbox(kind), {
    ordered: true,
    identified: true,
    resumable: true,
    peeks: true,
    readAhead: 200,
    unreadable: 'defect',
    tooLong: 'defect',
  })
}

for (const kind of ['SFTP', 'FTP'] as const) {
  if (isMissing(kind)) continue
  describeSink(`files over ${kind}`, () => outbox(kind, false), { effect: 'idempotent' })
}

if (!withoutServer('SFTP'))
  describeSink('files (exact names) over SFTP', () => outbox('SFTP', true), { effect: 'idempotent' })

function isMissing(kind: Kind): boolean {
  const skip = withoutServer(kind)
  if (skip) describe(`files over ${kind}`, () => it('conforms', { skip }, () => {}))
  return skip !== false
}

async function inbox(kind: Kind): Promise<SourceFixture> {
  const { disk, shop, proxy, destroy } = await remotePlace(kind, true)
  const format = jsonLines({ maxLineBytes: limit })
  const channel = shop.read('rows', Row, { pattern: '*.txt', format, every: '5ms', settle: '0s' })
  const dropped = new Map<string, readonly number[]>()
  const drop = (content: string, numbers: readonly number[]) => {
    const name = `rows-${dropped.size + 1}.txt`
    dropped.set(name, numbers)
    return putFile(disk, name, content)
  }
  const file = (records: readonly SuiteRecord[]) =>
    records.map(record => `${JSON.stringify(record)}\n`).join('')
  return {
    put: records =>
      drop(
        file(records),
        records.map(({ n }) => n),
      ),
    putUnreadable: () => drop('{"n": 1,\n', []),
    putTooLong: () => drop(file([{ n: 1_000_000, text: 'x'.repeat(limit) }]), []),
    async open() {
      const connection = await connectTo(shop)
      return {
        source: () => connection.source?.(channel) ?? assert.fail(),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf: ({ data }) => data as SuiteRecord,
    disconnect: async () => proxy?.cut(),
    async acknowledged() {
      const done = await readdir(join(disk, 'done')).catch(() => [])
      return done.flatMap(each => dropped.get(each) ?? [])
    },
    destroy,
  }
}

async function outbox(kind: Kind, exactName: boolean): Promise<SinkFixture> {
  const { disk, shop, proxy, destroy } = await remotePlace(kind, true)
  assert.ok(proxy)
  const folder = join(disk, 'out')
  const channel = shop.write('rows', Row, {
    folder: 'out',
    format: jsonLines(),
    file: ({ n }) => `row-${n}.json`,
    exactName,
  })
  const names = () => (existsSync(folder) ? readdirSync(folder) : []).filter(each => each.endsWith('.json'))
  /** The next file is there, and nobody has been told. */
  const arm = (part: number) => {
    const known = names().length
    proxy.cutWhen(() => names().length > known, part)
  }
  return {
    // Half of a pair says nothing in any encoding.
    refused: 'half \ud800',
    async open() {
      const connection = await connectTo(shop)
      return { sink: () => connection.sink?.(channel) ?? assert.fail(), close: () => connection.close() }
    },
    async effects() {
      const texts = await Promise.all(names().map(each => readFile(join(folder, each), 'utf8')))
      return texts.map(text => JSON.parse(text) as SuiteRecord)
    },
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: async () => arm(0),
    cutAnswer: async () => arm(7),
    disconnect: async () => proxy.cut(),
    destroy,
  }
}
