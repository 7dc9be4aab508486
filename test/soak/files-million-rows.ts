import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csv, type Format, jsonLines, xml } from '../../src/connectors/files/index.ts'
import type { Intake } from '../../src/system/roles.ts'
import { Anything, connectTo, namesIn, runUntil, shopAt } from '../integration/files-harness.ts'

interface Kind {
  readonly format: Format
  readonly begin: string
  readonly row: (n: number) => string
  readonly end: string
}

const kinds: Readonly<Record<string, Kind>> = {
  csv: {
    format: csv(),
    begin: 'n,name,quantity\n',
    row: n => `${n},"中文, name of row ${n}",${n / 8}\n`,
    end: '',
  },
  jsonl: {
    format: jsonLines(),
    begin: '',
    row: n => `{"n":${n},"name":"中文, name of row ${n}"}\n`,
    end: '',
  },
  xml: {
    format: xml({ record: 'Row' }),
    begin: '<Rows>',
    row: n => `<Row no="${n}"><Name>中文, name of row ${n}</Name></Row>\n`,
    end: '</Rows>',
  },
}

/** Bytes that the process may grow by while it reads a file of any size. */
const allowance = 150 * 1024 * 1024

/** One file of so many rows in each format: every row arrives, in order, and memory stays flat. */
export async function filesMillionRows(rows = 1_000_000): Promise<void> {
  for (const [name, kind] of Object.entries(kinds)) {
    const folder = await mkdtemp(join(tmpdir(), 'isthmus-soak-'))
    try {
      await readRows(folder, name, kind, rows)
    } finally {
      await rm(folder, { recursive: true })
    }
  }
}

async function readRows(folder: string, name: string, kind: Kind, rows: number): Promise<void> {
  await pipeline(Readable.from(fileText(kind, rows)), createWriteStream(join(folder, `rows.${name}`)))
  let next = 0
  let settled = 0
  let most = 0
  const intake: Intake = {
    position: async () => ({ owner: 'soak', claim: 0 }),
    async accept(deliveries) {
      for (const { data, defect } of deliveries) {
        assert.equal(defect, undefined)
        const { n, '@no': no } = data as { n?: unknown; '@no'?: unknown }
        assert.equal(Number(n ?? no), next++)
      }
      const memory = process.memoryUsage.rss()
      if (next < rows / 10) settled = Math.max(settled, memory)
      most = Math.max(most, memory)
      return deliveries.map(() => ({ status: 'accepted', id: '' }))
    },
  }
  const shop = shopAt(folder)
  const options = { pattern: 'rows.*', format: kind.format, every: '10ms', settle: '0s' }
  const done = async () => (await namesIn(folder, 'done')).length === 1
  await runUntil(shop.read('rows', Anything, options), intake, await connectTo(shop), done)
  assert.equal(next, rows)
  assert.ok(most - settled < allowance, `${name}: grew by ${Math.round((most - settled) / 1e6)} MB`)
}

async function* fileText({ begin, row, end }: Kind, rows: number): AsyncGenerator<string> {
  yield begin
  for (let first = 0; first < rows; first += 1000) {
    yield Array.from({ length: Math.min(1000, rows - first) }, (_, index) => row(first + index)).join('')
  }
  yield end
}
