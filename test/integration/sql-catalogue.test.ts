import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { readCatalogue, type SqlText, sqlText } from '../../src/connectors/sql/index.ts'
import type { Contract } from '../../src/contract/contract.ts'
import { model } from '../../src/model/model.ts'
import {
  connectTo,
  never,
  outgoing,
  type ProductName,
  products,
  requesterOf,
  targetAt,
} from './sql-harness.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: it must stay what it is
const hostile = 'odd`${globalThis}\\'

const name = (product: ProductName, text: string) =>
  product === 'MariaDB' ? `"${text}"` : `"${text.replaceAll('"', '""')}"`

function statements(product: ProductName): string[] {
  const touched = {
    PostgreSQL: 'updated_at timestamptz',
    SQLite: 'updated_at timestamp',
    MariaDB: 'stamp timestamp not null default current_timestamp on update current_timestamp',
  }[product]
  const state = {
    PostgreSQL: 'state mood',
    SQLite: 'state varchar(5)',
    MariaDB: "state enum('new','it''s')",
  }[product]
  return [
    ...(product === 'PostgreSQL' ? ["create type mood as enum ('new', 'it''s')"] : []),
    'create table customers (id integer primary key, code varchar(10) not null unique, big bigint, balance decimal(10,2) default 0)',
    `create table orders (id integer primary key, customer_id integer not null references customers (id), ${state}, ${touched})`,
    'create table order_lines (order_id integer, line integer, note varchar(50), primary key (order_id, line))',
    'create table log (line varchar(50))',
    'create view open_orders as select id from orders',
    `create table ${name(product, hostile)} (${name(product, hostile)} integer primary key, txt varchar(9))`,
    ...(product === 'PostgreSQL' ? ["create procedure tidy() language sql as 'select 1'"] : []),
    ...(product === 'MariaDB' ? ['create procedure tidy() select 1'] : []),
  ]
}

for (const product of products)
  describe(`sql catalogue (${product.name})`, { skip: product.skip }, () => {
    async function withContract(use: (contract: Contract, url: string) => Promise<void> | void) {
      const database = await product.make()
      try {
        for (const text of statements(product.name)) await database.run(text)
        await database.run(`insert into ${name(product.name, hostile)} values (7, 'seven')`)
        await use(await readCatalogue(database.url), database.url)
      } finally {
        await database.destroy()
      }
    }

    const modelOf = (contract: Contract, wanted: string) => contract.models.find(each => each.name === wanted)
    const channelOf = (contract: Contract, wanted: string) =>
      contract.channels.find(channel => channel.name === wanted)

    it('counts what there is', () =>
      withContract(contract => {
        assert.deepEqual(contract.counts, {
          tables: 5,
          views: 1,
          columns: 4 + 4 + 3 + 1 + 1 + 2,
          'primary keys': 4,
          'foreign keys': 1,
          'unique constraints': 1,
          enums: product.name === 'SQLite' ? 0 : 1,
          procedures: product.name === 'SQLite' ? 0 : 1,
        })
        assert.ok(contract.problems.some(({ place }) => place === 'table log'))
        const names = [...contract.models, ...contract.channels].map(each => each.name)
        assert.equal(new Set(names).size, names.length)
      }))

    it('tells columns in JSON Schema, with keys, references and enums', () =>
      withContract(contract => {
        const customers = modelOf(contract, 'Customers')
        assert.equal(customers?.key, 'id')
        const { properties, required } = (customers?.schema ?? {}) as {
          properties: Record<string, Record<string, unknown>>
          required: string[]
        }
        assert.deepEqual(
          required.filter(field => field !== 'id'),
          ['code'],
        )
        assert.deepEqual(properties.code, { type: 'string', maxLength: 10, description: 'unique (code)' })
        assert.deepEqual(properties.big, { type: ['string', 'null'], pattern: '^-?\\d+$' })
        assert.deepEqual(properties.balance, { type: ['string', 'null'], pattern: '^-?\\d+(\\.\\d+)?$' })
        const orders = modelOf(contract, 'Orders')?.schema.properties as typeof properties
        assert.match(String(orders.customer_id?.description), /refers to customers \(id\)/)
        if (product.name !== 'SQLite') assert.deepEqual(orders.state, { enum: ['new', "it's", null] })
      }))

    it('proposes channels, and says why', () =>
      withContract(contract => {
        const upsert = channelOf(contract, 'upsert-order-lines')
        assert.equal(upsert?.effect?.kind, 'idempotent')
        assert.equal(upsert?.options.key?.text, "['order_id', 'line']")
        assert.equal(channelOf(contract, 'insert-log')?.options.mode?.text, "'insert'")
        const changed = channelOf(contract, 'changed-orders')
        assert.match(
          changed?.description ?? '',
          product.name === 'MariaDB' ? /itself sets stamp/ : /updated_at/,
        )
        assert.deepEqual(
          contract.channels.filter(({ factory }) => factory === 'changes').map(channel => channel.name),
          ['changed-orders'],
        )
        assert.equal(channelOf(contract, 'find-order-lines')?.answer, 'OrderLines')
        assert.equal(
          contract.channels.some(channel => channel.origin === 'view open_orders'),
          false,
        )
      }))

    it('writes code in which names are nothing but names', () =>
      withContract(async (contract, url) => {
        const find = contract.channels.find(
          channel => channel.origin.includes('odd') && channel.factory === 'query',
        )
        const text = find?.options.sql?.text ?? ''
        const sqlOf = new Function('sqlText', `return ${text}`)(sqlText) as (key: object) => SqlText
        const Any = model('Any', { version: 1, schema: Type.Unknown() })
        const target = targetAt({ url })
        const connection = await connectTo(target)
        const channel = target.query('find', {
          request: Any,
          response: Any,
          one: true,
          sql: key => sqlOf(key as object),
        })
        const [answer] = await requesterOf(connection, channel).ask([outgoing('1', { [hostile]: 7 })], never)
        await connection.close()
        assert.ok(answer?.ok, String(!answer?.ok && answer?.error))
        assert.deepEqual(answer.result, { [hostile]: 7, txt: 'seven' })
      }))
  })

it('tells that a database cannot be read', async () => {
  await assert.rejects(readCatalogue('/absent/absent.db'), { code: 'TARGET-UNAVAILABLE' })
})
