import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { Type } from 'typebox'
import { type LdapOptions, ldapFilter } from '../../src/connectors/ldap/index.ts'
import { model } from '../../src/model/model.ts'
import { Kept } from './capture-harness.ts'
import { connectTo, directoryAt, type TestTree, testTree, url, withoutLdap } from './ldap-harness.ts'
import { never, outgoing, requesterOf, sourceOf, until } from './sql-harness.ts'
import { type SqlProxy, startSqlProxy } from './sql-proxy.ts'

const Name = model('Name', { version: 1, schema: Type.Object({ uid: Type.String() }) })
const times = { connectTimeout: '4s', timeout: '4s' } as const

/** Nobody gives up from outside: what ends here ends by the times of the system itself. */
describe('ldap behind a connection that ended without a word', {
  skip: withoutLdap,
  timeout: 240_000,
}, () => {
  let tree: TestTree
  let proxy: SqlProxy
  before(async () => {
    tree = await testTree()
    await tree.add('somebody')
    proxy = await startSqlProxy(url)
  })
  after(async () => {
    await proxy?.close()
    await tree?.destroy()
  })

  async function ask(options: Partial<LdapOptions>): Promise<string> {
    const directory = directoryAt({ ...times, ...options })
    const filter = ({ uid }: { uid: string }) => ldapFilter`(uid=${uid})`
    const search = { base: tree.base, request: Name, response: Name, one: true, filter } as const
    const connection = await connectTo(directory)
    const requester = requesterOf(connection, directory.search('name', search))
    try {
      const [answer] = await requester.ask([outgoing('1', { uid: 'somebody' })], never)
      if (!answer?.ok) throw answer?.error
      return 'ok'
    } catch (error) {
      return (error as { code: string }).code
    } finally {
      await connection.close()
    }
  }

  it('ends a question, and answers it later', async () => {
    proxy.set('silent')
    assert.equal(await ask({ url: proxy.url }), 'TARGET-UNAVAILABLE')
    proxy.set('open')
    assert.equal(await ask({ url: proxy.url }), 'ok')
  })

  it('ends a question before TLS is agreed on', async () => {
    const silent = await serverThat(() => undefined)
    assert.equal(await ask({ url: addressOf(silent, 'ldaps') }), 'TARGET-UNAVAILABLE')
    silent.close()
    const agreeing = await serverThat(tlsAgreed)
    assert.equal(await ask({ url: addressOf(agreeing, 'ldap'), startTls: true }), 'TARGET-UNAVAILABLE')
    agreeing.close()
  })

  it('fails a source that looks', async () => {
    const directory = directoryAt({ ...times, url: proxy.url })
    const filter = ldapFilter`(uid=*)`
    const people = directory.entries('people', Name, { base: tree.base, filter, every: '10ms' })
    const connection = await connectTo(directory)
    const kept = new Kept()
    const running = sourceOf(connection, people).run(kept, never)
    running.catch(() => {})
    await until(() => kept.deliveries.length > 0)
    proxy.set('silent')
    await assert.rejects(running, { code: 'TARGET-UNAVAILABLE' })
    proxy.set('open')
    await connection.close()
  })
})

/** Answers the first request of each connection, or does not, and says no more. */
async function serverThat(answers: (request: Buffer) => Buffer | undefined): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', request => {
      const answer = answers(request)
      if (answer) socket.write(answer)
      socket.resume()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const addressOf = (server: Server, scheme: string) =>
  `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`

/** Success of an extended request. Source: RFC 4511, 4.12. */
function tlsAgreed(request: Buffer): Buffer {
  return Buffer.from([0x30, 12, 2, 1, request[4] ?? 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0])
}
