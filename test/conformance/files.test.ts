import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Type } from 'typebox'
import {
  csv,
  edifact,
  type Format,
  files,
  gzip,
  jsonLines,
  x12,
  xml,
} from '../../src/connectors/files/index.ts'
import { an, layout, segment } from '../../src/message/codec/edi/index.ts'
import { model } from '../../src/model/model.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { describeSink, type SinkFixture } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Number(), text: Type.String() }) })

interface Kind {
  readonly format: Format
  readonly file: (records: readonly SuiteRecord[]) => string | Uint8Array
  readonly unreadable: string
  readonly isLimited?: true
  /** Of a record, wherever it stands. */
  readonly id?: (record: SuiteRecord) => string
  /** The record in what was delivered, if it is not all of it. */
  readonly recordOf?: (data: unknown) => SuiteRecord
  readonly longest?: number
}

/** Bytes of a record. */
const limit = 2 ** 22
const quotedCell = (text: string) => `"${text.replaceAll('"', '""')}"`
function jsonLinesOf(records: readonly SuiteRecord[]): string {
  return records.map(record => `${JSON.stringify(record)}\n`).join('')
}
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\t', '&#9;')

/** No element of EDI holds a tab: a sign that stands for it goes there and back. */
const [tab, sign] = [/\t/g, '\u2409']
const row = { row: segment('ROW', { n: an(1), text: an(2) }) }
function ediRecord(data: unknown): SuiteRecord {
  const { n, text } = (data as { data: { row: { n: string; text: string } } }).data.row
  return { n: Number(n), text: text.replaceAll(sign, '\t') }
}
function edifactOf(records: readonly SuiteRecord[]): string {
  const text = (each: string) => each.replace(tab, sign).replace(/['+:?*]/g, '?$&')
  const messages = records.map(
    each => `UNH+${each.n}+ROW:D:96A:UN'ROW+${each.n}+${text(each.text)}'UNT+3+${each.n}'\n`,
  )
  return `UNB+UNOY:4+US+THEM+20261130:1405+1'${messages.join('')}UNZ+${records.length}+1'`
}
/** The separators are characters of other texts than those of the suite. */
function x12Of(records: readonly SuiteRecord[]): string {
  const isa = `ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*US${' '.repeat(13)}*ZZ*THEM${' '.repeat(11)}*261130*1405*U*00401*000000001*0*P*!~`
  const groups = `${isa}GS*PO*US*THEM*20261130*1405*1*X*004010~`
  const messages = records.map(
    ({ n, text }) => `ST*999*${n}~ROW*${n}*${text.replace(tab, sign)}~SE*3*${n}~\r\n`,
  )
  return `${groups}${messages.join('')}GE*${records.length}*1~IEA*1*000000001~`.replaceAll('*', '\x1d')
}

function csvOf(records: readonly SuiteRecord[]): string {
  return `n,text\n${records.map(({ n, text }) => `${n},${quotedCell(text)}\n`).join('')}`
}

const kinds: Readonly<Record<string, Kind>> = {
  'JSON lines': {
    format: jsonLines({ maxLineBytes: limit }),
    file: jsonLinesOf,
    unreadable: '{"n": 1,\n',
    isLimited: true,
  },
  'JSON lines with ids of their own': {
    format: jsonLines(),
    file: jsonLinesOf,
    unreadable: '{"n": 1,\n',
    id: ({ n }) => String(n),
  },
  CSV: {
    format: csv(),
    file: csvOf,
    unreadable: 'n,text\n1,too,many\n',
  },
  'CSV, packed by gzip': {
    format: gzip(csv()),
    file: records => gzipSync(csvOf(records)),
    unreadable: 'n,text\n1,too,many\n',
  },
  XML: {
    format: xml({ record: 'Row' }),
    file: records =>
      `<Rows>${records.map(({ n, text }) => `<Row><n>${n}</n><text>${escaped(text)}</text></Row>`).join('\n')}</Rows>`,
    unreadable: '<Rows><Row></Rows>',
  },
  EDIFACT: {
    format: edifact({ layouts: [layout('ROW', row)], maxRecordBytes: limit }),
    file: edifactOf,
    unreadable: edifactOf([{ n: 1, text: 'x' }]).replace('UNT+3', 'UNT+4'),
    isLimited: true,
    recordOf: ediRecord,
    longest: 300_000,
  },
  X12: {
    format: x12({ layouts: [layout('999', row)] }),
    file: x12Of,
    unreadable: x12Of([{ n: 1, text: 'x' }]).replace('SE\x1d3', 'SE\x1d4'),
    recordOf: ediRecord,
    longest: 300_000,
  },
}

const connectTo = (shop: System) => shop.connector.connect(connectContext({ system: 'shop' }))

for (const [name, { format, file, unreadable, isLimited, id, recordOf, longest }] of Object.entries(kinds)) {
  const make = async (): Promise<SourceFixture> => {
    const folder = await mkdtemp(join(tmpdir(), 'isthmus-files-'))
    const shop = system('shop', { kind: 'files', connector: files({ folder }) })
    const channel = shop.read('rows', Row, { pattern: '*.txt', format, every: '5ms', settle: '0s', id })
    const put: SuiteRecord[] = []
    const dropped = new Map<string, readonly number[]>()
    /** Like a careful writer: complete before it has its name. */
    const drop = async (content: string | Uint8Array, numbers: readonly number[]) => {
      const name = `rows-${dropped.size + 1}.txt`
      dropped.set(name, numbers)
      const path = join(folder, name)
      await writeFile(`${path}.part`, content)
      await rename(`${path}.part`, path)
    }
    return {
      put(records) {
        put.push(...records)
        return drop(
          file(records),
          records.map(({ n }) => n),
        )
      },
      putUnreadable: () => drop(unreadable, []),
      putTooLong: () => drop(file([{ n: 1_000_000, text: 'x'.repeat(limit) }]), []),
      // Who has written the files writes them once more, under other names.
      ...(id && { repeat: () => drop(file(put), []) }),
      async open() {
        const connection = await connectTo(shop)
        return {
          source: () => connection.source?.(channel) ?? assert.fail(),
          close: () => connection.close(),
          kill: async () => {},
        }
      },
      recordOf({ data }) {
        if (recordOf !== undefined) return recordOf(data)
        const { n, text } = data as SuiteRecord
        return { n: Number(n), text }
      },
      async acknowledged() {
        const done = await readdir(join(folder, 'done')).catch(() => [])
        return done.flatMap(each => dropped.get(each) ?? [])
      },
      destroy: () => rm(folder, { recursive: true }),
    }
  }
  describeSource(`files (${name})`, make, {
    ordered: true,
    identified: true,
    resumable: true,
    readAhead: 200,
    peeks: true,
    unreadable: 'defect',
    ...(isLimited && { tooLong: 'defect' }),
    ...(longest && { longest }),
  })
}

async function outbox(exactName: boolean): Promise<SinkFixture> {
  const base = await mkdtemp(join(tmpdir(), 'isthmus-files-'))
  const [folder, away] = [join(base, 'out'), join(base, 'away')]
  await mkdir(folder)
  const shop = system('shop', { kind: 'files', connector: files({ folder }) })
  const channel = shop.write('rows', Row, {
    format: jsonLines(),
    file: ({ n }) => `row-${n}.json`,
    exactName,
  })
  const move = async (from: string, to: string) => rename(from, to).catch(() => {})
  return {
    // Half of a pair says nothing in any encoding.
    refused: 'half \ud800',
    async open() {
      const connection = await connectTo(shop)
      return { sink: () => connection.sink?.(channel) ?? assert.fail(), close: () => connection.close() }
    },
    async effects() {
      const names = (await readdir(folder)).filter(each => each.endsWith('.json'))
      const texts = await Promise.all(names.map(each => readFile(join(folder, each), 'utf8')))
      return texts.map(text => JSON.parse(text) as SuiteRecord)
    },
    down: () => move(folder, away),
    up: () => move(away, folder),
    destroy: () => rm(base, { recursive: true }),
  }
}

describeSink('files', () => outbox(false), { effect: 'idempotent' })
describeSink('files (exact names)', () => outbox(true), { effect: 'idempotent' })
