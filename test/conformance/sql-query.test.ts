import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import {
  describeRequester,
  type RequesterFixture,
  type SuiteRequest,
} from '../../src/testing/describe-requester.ts'
import type { SuiteRecord } from '../../src/testing/describe-sink.ts'
import { connectTo, type Product, products, requesterOf, targetAt } from '../integration/sql-harness.ts'
import { nextExecution } from '../integration/sql-proxy.ts'
import { Row, troubled } from './sql-fixture.ts'

const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

for (const product of products) {
  const { name, skip } = product
  if (skip) describe(`sql query (${name})`, () => it('conforms', { skip }, () => {}))
  else {
    const capabilities = { effect: 'read', unknown: 'refused' } as const
    describeRequester(`sql query (${name})`, () => requesterFixture(product), capabilities)
  }
}

async function requesterFixture(product: Product): Promise<RequesterFixture> {
  const database = await product.make()
  await database.run('create table known (n integer primary key, text text)')
  const { url, destroy, ...trouble } = await troubled(
    database,
    database.product === 'MariaDB' ? nextExecution : 'isthmus_',
  )
  const target = targetAt({ url })
  const channel = target.query('known', {
    request: Request,
    response: Row,
    one: true,
    sql: ({ n }: SuiteRequest) => sqlText`select n, text from known where n = ${n}`,
  })
  const mark = database.product === 'PostgreSQL' ? ['$1', '$2'] : ['?', '?']
  return {
    ...trouble,
    async know(n, text) {
      await database.run(`insert into known values (${mark})`, [n, text])
    },
    async garble(n) {
      await database.run(`update known set text = null where n = ${n}`)
    },
    async open() {
      const connection = await connectTo(target)
      return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
    },
    textOf: result => (result as SuiteRecord).text,
    async destroy() {
      await destroy()
      await database.destroy()
    },
  }
}
