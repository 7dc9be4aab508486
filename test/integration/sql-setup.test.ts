import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { sql, sqlText } from '../../src/connectors/sql/index.ts'
import { connectContext } from '../../src/testing/index.ts'
import { testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'

test('members that begin together set up one database, and none of them is refused', {
  skip: withoutPostgres,
}, async t => {
  const client = new pg.Client({ connectionString: testUrl })
  await client.connect()
  const schema = `setup_${randomBytes(6).toString('hex')}`
  await client.query(`create schema ${schema}`)
  t.after(async () => {
    await client.query(`drop schema ${schema} cascade`)
    await client.end()
  })
  const url = new URL(testUrl)
  url.searchParams.set('options', `-csearch_path=${schema}`)
  const connector = sql({
    url: url.href,
    setup: [
      sqlText`create table if not exists readings (no integer primary key)`,
      sqlText`create index if not exists readings_by_no on readings (no)`,
      sqlText`create table if not exists notes (no integer primary key)`,
    ],
  })
  for (let round = 0; round < 5; round++) {
    await client.query(`drop table if exists ${schema}.readings, ${schema}.notes`)
    const members = await Promise.allSettled(
      Array.from({ length: 8 }, () => connector.connect(connectContext())),
    )
    for (const member of members) if (member.status === 'fulfilled') await member.value.close()
    const refused = members.filter(({ status }) => status === 'rejected')
    assert.deepEqual(refused, [])
  }
  const { rows } = await client.query(
    `select count(*)::int as n from pg_tables where schemaname = '${schema}'`,
  )
  assert.equal(rows[0].n, 2)
})
