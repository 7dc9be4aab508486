import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import type { SinkChannel } from '../../system/channel.ts'
import type { Effect } from '../../system/effect.ts'
import { env, secret } from '../../system/setting.ts'
import { system } from '../../system/system.ts'
import { connectContext } from '../../testing/connect-context.ts'
import { sql } from './connector.ts'
import { sqlText } from './sql-text.ts'

const Item = model('Item', { version: 1, schema: Type.Object({ id: Type.String(), n: Type.Integer() }) })
const erp = system('erp', { kind: 'erp', connector: sql({ url: env('ERP_DB') }) })

const wrong = { code: 'FLOW-DEFINITION' }

describe('sql', () => {
  it('declares effects that may be repeated and asked for', () => {
    const channel: SinkChannel<{ id: string; n: number }, Effect<'idempotent', true>> = erp.table(
      'items',
      Item,
      {
        table: 'items',
        mode: 'insert',
      },
    )
    assert.deepEqual(channel.effect, { kind: 'idempotent', probe: true })
    const looked = erp.query('items', {
      request: Item,
      response: Item,
      sql: ({ id }) => sqlText`select ${id}`,
    })
    assert.deepEqual(looked.effect, { kind: 'read', probe: false })
  })

  it('refuses at once what is declared wrongly', () => {
    const upsert = { table: 'items', mode: 'upsert' } as const
    assert.throws(() => erp.table('items', Item, { ...upsert, key: [] }), wrong)
    // @ts-expect-error a key is one of the columns
    assert.throws(() => erp.table('items', Item, { ...upsert, key: ['no'] }), wrong)
    // @ts-expect-error the columns are those that are given
    assert.throws(() => erp.table('items', Item, { ...upsert, columns: { a: 'id' }, key: ['id'] }), wrong)
    assert.throws(() => erp.table('items', Item, { table: '', mode: 'insert' }), wrong)
    assert.throws(() => erp.table('Items', Item, { table: 'items', mode: 'insert' }), wrong)
    const cursor = { time: 'at', key: 'id' }
    assert.throws(() => erp.changes('items', Item, { table: 'items', cursor, every: '5 minutes' }), wrong)
    assert.throws(() => erp.changes('items', Item, { table: 'items', cursor: { ...cursor, key: '' } }), wrong)
    assert.throws(() => erp.outbox('items', Item, { table: '', id: 'id', payload: 'p' }), wrong)
    assert.throws(() => sql({ url: 'x', lockTimeout: 'soon' }), wrong)
  })

  it('does not compile with fields that the model lacks', () => {
    // @ts-expect-error there is no such field
    erp.table('items', Item, { table: 'items', mode: 'insert', columns: { a: 'missing' } })
    // @ts-expect-error nor here
    erp.statement('items', Item, { sql: item => sqlText`values (${item.missing})` })
    // @ts-expect-error text that is put together is no template
    erp.statement('items', Item, { sql: item => `insert into t values ('${item.id}')` })
  })

  it('shows no password', () => {
    const urls = {
      'postgres://u:p%40ss@db.example/erp?sslpassword=x': 'postgres://u@db.example/erp',
      'postgres://db.example/erp': 'postgres://db.example/erp',
      'data/erp.db': 'data/erp.db',
    }
    for (const [url, shown] of Object.entries(urls)) assert.equal(sql({ url }).summary.url, shown)
    assert.equal(sql({ url: secret('ERP_DB') }).summary.url, 'secret ERP_DB')
  })

  it('plays roles only for its own channels', async () => {
    const path = { ...system('erp', { kind: 'erp', connector: sql({ url: 'erp.db' }) }) }
    const connection = await path.connector.connect(connectContext({ system: 'erp' }))
    const foreign = { ...erp.table('items', Item, { table: 'items', mode: 'insert' }), options: {} }
    assert.throws(() => connection.sink?.(foreign as never), wrong)
    await connection.close()
  })
})
