import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { ldapFilter } from '../../src/connectors/ldap/index.ts'
import { model } from '../../src/model/model.ts'
import {
  describeRequester,
  type RequesterFixture,
  type SuiteRequest,
} from '../../src/testing/describe-requester.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import { connectTo, directoryAt, testTree, url, withoutLdap } from '../integration/ldap-harness.ts'
import { requesterOf, sourceOf } from '../integration/sql-harness.ts'
import { startSqlProxy } from '../integration/sql-proxy.ts'

const Person = model('Person', {
  version: 1,
  schema: Type.Object({ uid: Type.Integer(), description: Type.String() }),
})
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

if (withoutLdap) {
  describe('ldap', () => it('conforms', { skip: withoutLdap }, () => {}))
} else {
  describeSource('ldap entries', sourceFixture, {
    ordered: false,
    identified: true,
    // The overlap is read again after a stop.
    resumable: false,
    peeks: true,
    readAhead: 500,
  })
  describeRequester('ldap search', requesterFixture, { effect: 'read', unknown: 'refused' })
}

async function sourceFixture(): Promise<SourceFixture> {
  const tree = await testTree()
  const proxy = await startSqlProxy(url)
  const directory = directoryAt({ url: proxy.url })
  const channel = directory.entries('people', Person, {
    base: tree.base,
    filter: ldapFilter`(objectClass=inetOrgPerson)`,
    overlap: '2s',
    every: '50ms',
  })
  return {
    async put(records) {
      for (const { n, text } of records) await tree.add(String(n), { description: text })
    },
    async open() {
      const connection = await connectTo(directory)
      return {
        source: () => sourceOf(connection, channel),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf({ data }) {
      const { uid: n, description: text } = data as { uid: number; description: string }
      return { n, text }
    },
    disconnect: async () => proxy.cut(),
    async destroy() {
      await proxy.close()
      await tree.destroy()
    },
  }
}

async function requesterFixture(): Promise<RequesterFixture> {
  const tree = await testTree()
  const proxy = await startSqlProxy(url)
  const directory = directoryAt({ url: proxy.url })
  const channel = directory.search('person', {
    base: tree.base,
    request: Request,
    response: Person,
    one: true,
    filter: ({ n }: SuiteRequest) => ldapFilter`(uid=${n})`,
  })
  return {
    know: (n, text) => tree.add(String(n), { description: text }),
    garble: async n => {
      await tree.writer.del(`uid=${n},${tree.base}`)
      await tree.add(String(n))
    },
    async open() {
      const connection = await connectTo(directory)
      return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
    },
    textOf: result => (result as { description: string }).description,
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: async () => proxy.loseAnswer('uid'),
    cutAnswer: async () => proxy.cutAnswer('uid'),
    async destroy() {
      await proxy.close()
      await tree.destroy()
    },
  }
}
