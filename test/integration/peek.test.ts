import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import {
  type Delivery,
  flow,
  type Intake,
  IsthmusError,
  landscape,
  model,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { csv, files } from 'isthmus/files'
import { rest } from 'isthmus/rest'
import { sql } from 'isthmus/sql'
import { peek, sourceChannel } from '../../src/server/peek.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ no: Type.String(), at: Type.String() }) })
const Kept = model('Kept', { version: 1, schema: Type.Object({ no: Type.String() }) })

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-peek-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A landscape in which one flow reads the channel. */
function landscapeOf(
  made: ReturnType<typeof system>,
  channel: SourceChannel<{ no: string; at: string }>,
  folder: string,
) {
  const out = system('out', { kind: 'other', connector: files({ folder }) })
  const kept = out.write('kept', Kept, { format: csv(), file: ({ no }) => `${no}.csv` })
  return landscape({
    systems: [made, out],
    flows: [
      flow('read')
        .from(channel)
        .to(kept, { no: ({ no }) => no }),
    ],
  })
}

async function peeked(parts: ReturnType<typeof landscape>, id: string, most = Number.POSITIVE_INFINITY) {
  const found: unknown[] = []
  const end = new AbortController()
  for await (const each of peek(parts, sourceChannel(parts, id), {}, end.signal)) {
    found.push('data' in each ? each.data : each.defect)
    if (found.length >= most) break
  }
  end.abort()
  return found
}

/** What the source hands over to an engine, until it has handed over so many. */
async function delivered(
  made: { readonly connector: { connect(context: ReturnType<typeof connectContext>): Promise<unknown> } },
  channel: SourceChannel<unknown>,
  count: number,
): Promise<unknown[]> {
  const connection = (await made.connector.connect(connectContext({ system: channel.system }))) as {
    source(channel: SourceChannel<unknown>): { run(intake: Intake, signal: AbortSignal): Promise<void> }
    close(): Promise<void>
  }
  const found: unknown[] = []
  const end = new AbortController()
  const intake: Intake = {
    position: async () => undefined,
    accept: async (deliveries: readonly Delivery[]) => {
      found.push(...deliveries.map(({ data }) => data))
      if (found.length >= count) end.abort()
      return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
    },
  }
  await connection.source(channel).run(intake, end.signal)
  await connection.close()
  return found
}

test('files are looked at where they stand, and delivered afterwards as if nobody had looked', async t => {
  const folder = folderFor(t)
  const inbox = join(folder, 'in')
  mkdirSync(inbox)
  writeFileSync(join(inbox, 'a.csv'), 'no,at\r\n1,x\r\n2,y\r\n')
  writeFileSync(join(inbox, 'b.csv'), 'no,at\r\n3,z,too,many\r\n')
  writeFileSync(join(inbox, 'other.txt'), 'no')
  const shop = system('shop', { kind: 'files', connector: files({ folder: inbox }) })
  const rows = shop.read('rows', Row, { pattern: '*.csv', format: csv(), settle: '0s', every: '10ms' })
  const parts = landscapeOf(shop, rows, folder)
  const before = readdirSync(inbox)
  const [first, second, defect] = await peeked(parts, 'shop.rows')
  assert.deepEqual(
    [{ ...(first as object) }, { ...(second as object) }],
    [
      { no: '1', at: 'x' },
      { no: '2', at: 'y' },
    ],
  )
  assert.match(String(defect), /line 2/)
  assert.equal((await peeked(parts, 'shop.rows', 1)).length, 1)
  assert.deepEqual(readdirSync(inbox), before)
  assert.equal((await delivered(shop, rows as SourceChannel<unknown>, 3)).length, 3)
})

test('a table is looked at, and delivered afterwards as if nobody had looked', async t => {
  const folder = folderFor(t)
  const path = join(folder, 'shop.db')
  const database = new DatabaseSync(path)
  database.exec(
    `create table rows (no text primary key, at text); insert into rows values ('1', '2026-01-01T00:00:00Z'), ('2', '2026-01-02T00:00:00Z')`,
  )
  database.close()
  const shop = system('shop', { kind: 'other', connector: sql({ url: path }) })
  const rows = shop.changes('rows', Row, { table: 'rows', cursor: { time: 'at', key: 'no' }, every: '10ms' })
  const parts = landscapeOf(shop, rows, folder)
  for (let time = 0; time < 2; time++)
    assert.deepEqual(
      (await peeked(parts, 'shop.rows')).map(each => (each as { no: string }).no),
      ['1', '2'],
    )
  assert.equal((await delivered(shop, rows as SourceChannel<unknown>, 2)).length, 2)
})

test('what is pushed or taken away is refused, with what to do instead', async t => {
  const shop = system('shop', { kind: 'other', connector: rest({}) })
  const calls = shop.webhook('calls', Row, { verify: 'unsigned', id: ({ no }) => no })
  const parts = landscapeOf(shop, calls, folderFor(t))
  await assert.rejects(
    peeked(parts, 'shop.calls'),
    (error: unknown) =>
      error instanceof IsthmusError &&
      error.code === 'CLI-USAGE' &&
      /shop\.calls cannot be looked at.*sentinel/.test(error.message),
  )
  assert.throws(
    () => sourceChannel(parts, 'shop.none'),
    /There is no source shop\.none\. The landscape has shop\.calls/,
  )
})
