import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { moveStore, type Progress } from '../../src/server/moving/move-store.ts'
import { storeEnd } from '../../src/server/moving/store-ends.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import { ended, identified, settlement } from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'

/** Messages that are accepted, or ended, at once. */
const page = 2000

/** Moves a store of so many messages, of which nearly all have ended, to PostgreSQL, where there is one, and back to files. */
export async function soakStoreCopy(count: number, say: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-soak-'))
  const schema = freshSchema()
  const url = new URL(testUrl)
  url.searchParams.set('schema', schema)
  const places = [`sqlite://${join(folder, 'first')}`, `sqlite://${join(folder, 'last')}`]
  if (!withoutPostgres) places.splice(1, 0, url.href)
  try {
    await fill(places[0] as string, count)
    for (const [n, to] of places.slice(1).entries()) await move(places[n] as string, to, count, say)
    assert.deepEqual(verifySqliteStore(join(folder, 'last')), [])
  } finally {
    rmSync(folder, { recursive: true, force: true })
    if (!withoutPostgres) await dropSchema(schema)
  }
}

async function fill(url: string, count: number): Promise<void> {
  const store = storeEnd(url).open()
  const claim = await store.claim('soak')
  for (let from = 1; from <= count; from += page) {
    const seqs = Array.from({ length: Math.min(page, count - from + 1) }, (_, n) => from + n)
    const body = 'x'.repeat(500)
    await store.accept(seqs.map(seq => identified(seq, `name-${seq}`, `${body}${seq}`)))
    const settled = seqs.filter(seq => seq < count - page / 2).map(seq => ended(seq))
    await store.settle(settlement(claim, settled.at(-1)?.seq ?? 0, { settled }))
  }
  await store.close()
}

async function move(from: string, to: string, count: number, say: (line: string) => void): Promise<void> {
  const ends = { from: storeEnd(from), to: storeEnd(to) }
  const began = performance.now()
  let followed = 0
  const note = ({ what }: Progress) => {
    if (what === 'waiting') followed = performance.now() - began
  }
  const { differences, stood } = await moveStore({ ...ends, live: true, say: note })
  assert.deepEqual(differences, [])
  const rate = Math.round(count / (followed / 1000))
  say(
    `${count} messages to ${to.split(':')[0]}: ${rate}/s copied and compared, then ${stood} ms standing still`,
  )
}
