import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { it } from 'node:test'
import type { ErrorCode } from '../../src/errors.ts'
import { IsthmusError } from '../../src/errors.ts'
import { existingStoreAt } from '../../src/server/open-store.ts'
import { requireSqlite } from '../../src/store/sqlite/schema.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { message, messages } from '../../src/testing/store-suite/fixture.ts'
import { inTemporary } from './sqlite-processes.ts'

const ballastBytes = 4096
const open = (path: string) => sqliteStore({ path, ballastBytes })
const is = (code: ErrorCode, pattern: RegExp) => (error: unknown) =>
  error instanceof IsthmusError && error.code === code && pattern.test(error.message)

it('lets a long reader keep its moment while writing goes on, and shrinks the log afterwards', () =>
  inTemporary(async path => {
    const store = open(path)
    await store.claim('test')
    const log = join(path, 'journal.db-wal')
    const body = Buffer.alloc(100_000, 'x')
    const write = async (first: number, count: number) => {
      for (let n = first; n < first + count; n += 10)
        await store.accept(messages(10, n).map(each => ({ ...each, body })))
    }
    await write(1, 10)
    await store.read.snapshot(async reader => {
      await reader.flows()
      await write(11, 600)
      assert.ok(statSync(log).size > 50_000_000, 'the log keeps what the reader needs')
      assert.equal((await reader.flows())[0]?.head, 10)
    })
    await write(611, 600)
    assert.ok(statSync(log).size < 40_000_000, `the log has ${statSync(log).size} bytes`)
    assert.equal((await store.read.flows())[0]?.head, 1210)
    await store.close()
  }))

it('stops when its database or its log is deleted or replaced', async () => {
  for (const name of ['journal.db', 'journal.db-wal']) {
    await inTemporary(async path => {
      const store = open(path)
      await store.claim('test')
      await store.accept([message(1)])
      renameSync(join(path, name), join(path, 'away'))
      await assert.rejects(store.accept([message(2)]), is('STORE-FAILED', new RegExp(`${name} was deleted`)))
      await assert.rejects(store.accept([message(3)]), is('STORE-FAILED', /deleted/))
      await assert.rejects(store.read.flows(), is('STORE-FAILED', /deleted/))
      await store.close()
    })
  }
})

it('does not begin anew where its database is gone, and goes on when that is back', () =>
  inTemporary(async path => {
    const store = open(path)
    await store.claim('test')
    await store.accept([message(1)])
    await store.close()
    const file = join(path, 'journal.db')
    renameSync(file, join(path, 'away'))
    for (let time = 0; time < 2; time++)
      await assert.rejects(open(path).claim('test'), is('STORE-FAILED', /journal\.db is gone.*bring it back/))
    assert.throws(
      () => existingStoreAt({ data: path, storeUrl: undefined }),
      is('STORE-FAILED', /journal\.db is gone/),
    )
    renameSync(join(path, 'away'), file)
    const again = open(path)
    await again.claim('test')
    assert.equal((await again.read.flows())[0]?.head, 1)
    await again.close()
  }))

it('stops when the whole directory is deleted', () =>
  inTemporary(async path => {
    const store = open(path)
    await store.claim('test')
    rmSync(path, { recursive: true })
    await assert.rejects(store.accept([message(1)]), is('STORE-FAILED', /deleted/))
    await store.close()
  }))

it('says who owns the directory', () =>
  inTemporary(async path => {
    const store = open(path)
    await store.claim('the first')
    const expected = new RegExp(`process ${process.pid} on ${hostname()} \\(the first`)
    await assert.rejects(open(path).claim('the second'), is('STORE-IN-USE', expected))
    assert.equal(JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8')).pid, process.pid)
    await store.close()
  }))

it('keeps its directory to its user', () =>
  inTemporary(async path => {
    const store = open(path)
    await store.claim('test')
    assert.equal(statSync(path).mode & 0o777, 0o700)
    await store.close()
  }))

it('refuses a database of a newer version, of somebody else, and none at all', () =>
  inTemporary(async path => {
    await assert.rejects(open(path).read.flows(), is('STORE-UNAVAILABLE', /check path/))
    const store = open(path)
    await store.claim('test')
    await store.close()
    const change = (pragma: string) => {
      const db = new DatabaseSync(join(path, 'journal.db'))
      db.exec(`pragma ${pragma}`)
      db.close()
    }
    change('user_version = 99')
    await assert.rejects(open(path).claim('test'), is('STORE-VERSION', /format 99/))
    await assert.rejects(open(path).read.flows(), is('STORE-VERSION', /newer/))
    change('application_id = 7')
    await assert.rejects(open(path).claim('test'), is('CONFIG-INVALID', /not a store of Isthmus/))
  }))

it('refuses a SQLite that can damage data', () => {
  for (const version of ['3.51.2', '3.45.1', '2.99.99', undefined]) {
    assert.throws(() => requireSqlite(version ?? ''), is('CONFIG-INVALID', /3\.51\.3/))
  }
  for (const version of ['3.51.3', '3.52.0', '4.0.0']) requireSqlite(version)
})

it('takes a message that is too large for a row back at once', () =>
  inTemporary(async path => {
    const store = open(path)
    await store.claim('test')
    const endless = { byteLength: 2_000_000_000 } as Uint8Array
    await assert.rejects(store.accept([message(1), message(2, { body: endless })]), is('MSG-LIMIT', /id-2/))
    assert.deepEqual(await store.read.flows(), [])
    await store.close()
  }))
