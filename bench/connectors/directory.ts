import { randomBytes } from 'node:crypto'
import { model, system, Type } from 'isthmus'
import { ldap, ldapFilter } from 'isthmus/ldap'
import { Client } from 'ldapts'
import { comparedCalls } from './calls.ts'
import { type Comparison, inBatches, type Servers, sideBySide } from './comparison.ts'
import { Order, order } from './orders.ts'
import { comparedReading } from './reading.ts'

const Text = Type.String()
const Person = model('Person', { version: 1, schema: Type.Object({ uid: Text, cn: Text, sn: Text }) })
const people = 1_000
const attributes = ['uid', 'cn', 'sn']

export const directoryComparisons: readonly Comparison[] = [
  { connector: 'ldap search', role: 'requester', library: 'ldapts', open: search },
  { connector: 'ldap entries', role: 'source', library: 'ldapts', open: entries },
]

/** People of their own in the test server: `customer 0` and so on. */
async function directory(servers: Servers) {
  const address = new URL(servers.ISTHMUS_TEST_LDAP ?? '')
  const url = `ldap://${address.host}`
  const user = decodeURIComponent(address.username)
  const { password, pathname } = address
  const writer = new Client({ url })
  await writer.bind(user, password)
  const suffix = pathname.slice(1)
  const root = { objectClass: ['dcObject', 'organization'], dc: 'isthmus', o: 'bench' }
  await writer.add(suffix, root).catch(() => {})
  const base = `ou=${randomBytes(6).toString('hex')},${suffix}`
  await writer.add(base, { objectClass: 'organizationalUnit' })
  for (let n = 0; n < people; n++)
    await writer.add(`uid=C${n},${base}`, { objectClass: 'inetOrgPerson', cn: `customer ${n}`, sn: 'name' })
  const opened = async () => {
    const client = new Client({ url })
    await client.bind(user, password)
    return client
  }
  const target = system('people', { kind: 'hrm', connector: ldap({ url, user, password }) })
  return { target, base, opened, close: () => writer.unbind() }
}

/** 20 searches one after the other over one connection, as the connector makes them, and 4 connections at a time. */
async function search(servers: Servers) {
  const { target, base, opened, close } = await directory(servers)
  const channel = target.search('person', {
    base,
    request: Order,
    response: Person,
    one: true,
    filter: ({ customer }) => ldapFilter`(uid=${customer})`,
  })
  const clients = await Promise.all(Array.from({ length: 4 }, opened))
  const free = [...clients]
  return comparedCalls({
    make: order,
    target,
    channel,
    count: 3_000,
    send: orders =>
      sideBySide(4, [...inBatches(orders, 20)], async some => {
        const client = free.pop() as Client
        for (const { customer } of some)
          await client.search(base, { scope: 'sub', filter: `(uid=${customer})`, attributes })
        free.push(client)
      }),
    async close() {
      for (const client of clients) await client.unbind()
      await close()
    },
  })
}

async function entries(servers: Servers) {
  const { target, base, opened, close } = await directory(servers)
  const filter = '(objectClass=inetOrgPerson)'
  return comparedReading({
    target,
    channel: target.entries('people', Person, {
      base,
      filter: ldapFilter`(objectClass=inetOrgPerson)`,
      every: '1h',
    }) as never,
    count: people,
    async read(onPage) {
      const client = await opened()
      const options = { scope: 'sub', filter, paged: { pageSize: 500 } } as const
      const wanted = [...attributes, 'entryUUID', 'modifyTimestamp']
      for await (const { searchEntries } of client.searchPaginated(base, { ...options, attributes: wanted }))
        onPage(searchEntries)
      await client.unbind()
    },
    close,
  })
}
