import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { BerWriter } from 'ldapts'
import { Type } from 'typebox'
import { type EntriesOptions, ldapFilter } from '../../src/connectors/ldap/index.ts'
import type { IsthmusError } from '../../src/errors.ts'
import { type Model, model } from '../../src/model/model.ts'
import { Kept } from './capture-harness.ts'
import {
  ca,
  connectTo,
  directoryAt,
  password,
  secureUrl,
  suffix,
  type TestTree,
  testTree,
  url,
  withoutLdap,
} from './ldap-harness.ts'
import { never, outgoing, requesterOf, sourceOf, until } from './sql-harness.ts'

const Person = model('Person', {
  version: 1,
  schema: Type.Object({
    dn: Type.String(),
    uid: Type.String(),
    mail: Type.Array(Type.String()),
    jpegPhoto: Type.Optional(Type.String({ contentEncoding: 'base64' })),
    modifyTimestamp: Type.String({ format: 'date-time' }),
  }),
})
const Name = model('Name', { version: 1, schema: Type.Object({ uid: Type.String() }) })
const Names = model('Names', { version: 1, schema: Type.Array(Type.Object({ uid: Type.String() })) })

describe('ldap', { skip: withoutLdap, timeout: 240_000 }, () => {
  let tree: TestTree
  before(async () => {
    tree = await testTree()
  })
  after(() => tree.destroy())

  /** Runs a source until `enough`, and gives what was kept. */
  async function entries<T>(
    row: Model<T>,
    enough: (kept: Kept) => boolean,
    options: Partial<EntriesOptions> = {},
    kept = new Kept(),
  ): Promise<Kept> {
    const directory = directoryAt()
    const filter = ldapFilter`(objectClass=inetOrgPerson)`
    const channel = directory.entries('people', row, {
      base: tree.base,
      filter,
      every: '20ms',
      overlap: '1s',
      ...options,
    })
    const connection = await connectTo(directory)
    const stop = new AbortController()
    const running = sourceOf(connection, channel).run(kept, stop.signal)
    let ended = false
    running
      .catch(() => {})
      .finally(() => {
        ended = true
      })
    await until(() => ended || enough(kept))
    stop.abort()
    await running
    await connection.close()
    return kept
  }

  const ask = async (
    request: { uid: string },
    options: object = {},
    filter = ({ uid }: { uid: string }) => ldapFilter`(uid=${uid})`,
  ) => {
    const directory = directoryAt(options)
    const channel = directory.search('names', {
      base: tree.base,
      request: Name,
      response: Names,
      filter,
      limit: 8,
    })
    const connection = await connectTo(directory)
    try {
      const [answer] = await requesterOf(connection, channel).ask([outgoing('1', request)], never)
      if (!answer?.ok) throw answer?.error
      return (answer.result as { uid: string }[]).map(({ uid }) => uid)
    } finally {
      await connection.close()
    }
  }
  const failure = (answer: Promise<unknown>): Promise<IsthmusError> =>
    answer.then(
      () => assert.fail('it was answered'),
      error => error,
    )

  it('delivers entries in the form of their model', async () => {
    const photo = Buffer.from([0xff, 0xd8, 0, 1]).toString('latin1')
    await tree.add('张三', { mail: ['a@b', 'c@d'] })
    await tree.add('plain', { mail: 'only@one', jpegPhoto: photo })
    const { deliveries } = await entries(Person, kept => kept.deliveries.length >= 2)
    const people = deliveries.map(
      ({ data }) => data as { uid: string; mail: string[]; dn: string; modifyTimestamp: string },
    )
    const first = people.find(({ uid }) => uid === '张三')
    assert.deepEqual([...(first?.mail ?? [])].sort(), ['a@b', 'c@d'])
    assert.match(first?.modifyTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(first?.dn.endsWith(tree.base), true)
    assert.deepEqual(people.find(({ uid }) => uid === 'plain')?.mail, ['only@one'])
    for (const each of people) assert.ok(Person.validate(each).ok)
  })

  it('delivers every change of an entry, all pages of many entries, and nothing twice after a restart', async () => {
    for (let n = 0; n < 45; n++) await tree.add(`many-${n}`)
    const kept = await entries(Person, ({ deliveries }) => deliveries.length >= 47, { pageSize: 7 })
    const { Change, Attribute } = await import('ldapts')
    const modification = new Attribute({ type: 'mail', values: ['new@mail'] })
    await tree.writer.modify(`uid=many-3,${tree.base}`, new Change({ operation: 'replace', modification }))
    const count = kept.deliveries.length
    await entries(Person, ({ deliveries }) => deliveries.length > count, { pageSize: 7 }, kept)
    assert.equal(kept.deliveries.length, count + 1)
    const changed = kept.deliveries.at(-1)?.data as { uid: string; mail: string[] }
    assert.deepEqual([changed.uid, changed.mail], ['many-3', ['new@mail']])
    assert.equal(new Set(kept.deliveries.map(({ id }) => id)).size, count + 1)
  })

  it('finds only what is asked for, whatever the request holds', async () => {
    await tree.add('secret')
    assert.deepEqual(await ask({ uid: 'secret' }), ['secret'])
    for (const uid of [
      '*',
      'x)(uid=*',
      's*',
      '*)(objectClass=*',
      '\\2a',
      'x)(|(uid=secret',
      '\0secret',
      '张*',
    ])
      assert.deepEqual(await ask({ uid }), [], uid)
    await tree.writer.add(`cn=odd,${tree.base}`, { objectClass: 'inetOrgPerson', sn: 'x', uid: 'a*(b)\\c' })
    assert.deepEqual(await ask({ uid: 'a*(b)\\c' }), ['a*(b)\\c'])
  })

  it('refuses more than the limit, and says so when the server has one', async () => {
    const everybody = () => ldapFilter`(objectClass=inetOrgPerson)`
    assert.match((await failure(ask({ uid: '' }, {}, everybody))).message, /more than 8 entries/)
    const limited = `cn=limited,${suffix}`
    await tree.writer
      .add(limited, { objectClass: 'person', sn: 'x', userPassword: 'limited password' })
      .catch(() => {})
    const error = await failure(ask({ uid: '' }, { user: limited, password: 'limited password' }, everybody))
    assert.deepEqual([error.code, error.detail.result], ['TARGET-CONTRACT', 4])
    assert.match(error.message, /answers 4: .*narrow the filter/i)
  })

  it('says what keeps it out, without the password', async () => {
    const wrong = await failure(ask({ uid: 'a' }, { password: 'wrong password' }))
    assert.equal(wrong.code, 'TARGET-CREDENTIALS')
    assert.equal(JSON.stringify([wrong.message, wrong.detail]).includes('wrong password'), false)
    assert.equal((await failure(ask({ uid: 'a' }, { password: '' }))).code, 'CONFIG-MISSING')
    assert.equal((await failure(ask({ uid: 'a' }, { url: 'ldap://127.0.0.1:1' }))).code, 'TARGET-UNAVAILABLE')
    const nowhere = await failure(entries(Person, () => false, { base: `ou=nowhere,${suffix}` }))
    assert.deepEqual([nowhere.code, nowhere.fate], ['TARGET-CONTRACT', 'pause'])
    const keyless = await failure(entries(Person, () => false, { key: 'employeeNumber' }))
    assert.match(keyless.message, /shows no employeeNumber/)
    await assert.rejects(connectTo(directoryAt({ url: 'http://127.0.0.1' })), { code: 'CONFIG-INVALID' })
  })

  it('speaks TLS from the begin or by StartTLS, and trusts only the given authority and the right name', async () => {
    await tree.add('safe')
    for (const options of [
      { url: secureUrl, ca },
      { startTls: true, ca },
    ])
      assert.deepEqual(await ask({ uid: 'safe' }, options), ['safe'])
    const otherName = (of: string) => of.replace('127.0.0.1', 'localhost')
    for (const options of [
      { url: secureUrl },
      { startTls: true },
      { url: otherName(secureUrl), ca },
      { url: otherName(url), startTls: true, ca },
    ]) {
      const error = await failure(ask({ uid: 'safe' }, options))
      assert.equal(error.code, 'TARGET-UNAVAILABLE')
      assert.match(error.message, /certificate|altnames/i)
      assert.equal(error.message.includes(password), false)
    }
  })

  it('does not take an empty page for the last one', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', request => socket.write(emptyPage(request[4] ?? 1)))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const open = { url: `ldap://127.0.0.1:${port}`, user: undefined }
    assert.match((await failure(ask({ uid: 'a' }, open))).message, /empty before the last one/)
    server.close()
  })
})

/** The end of a search without entries, that says by a cookie that there are more. */
function emptyPage(messageId: number): Buffer {
  const value = new BerWriter()
  value.startSequence()
  value.writeInt(0)
  value.writeString('cookie')
  value.endSequence()
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(messageId)
  writer.startSequence(0x65)
  writer.writeEnumeration(0)
  writer.writeString('')
  writer.writeString('')
  writer.endSequence()
  writer.startSequence(0xa0)
  writer.startSequence()
  writer.writeString('1.2.840.113556.1.4.319')
  writer.writeBuffer(value.buffer, 0x04)
  writer.endSequence()
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}
