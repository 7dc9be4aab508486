import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Client } from 'ldapts'
import { type LdapChannels, type LdapOptions, ldap } from '../../src/connectors/ldap/index.ts'
import type { Connection } from '../../src/system/connector.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { patientAnswers } from './patience.ts'

const given = process.env.ISTHMUS_TEST_LDAP
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_LDAP is not set: see scripts/servers/slapd.ts for what it holds')

/** For `skip` of node:test. */
export const withoutLdap = given === undefined ? 'no LDAP server: ISTHMUS_TEST_LDAP is not set' : false

const address = new URL(given ?? 'ldap://absent.invalid/dc=absent')
export const url = `ldap://${address.host}`
export const secureUrl = `ldaps://${address.hostname}:${address.searchParams.get('ldaps')}`
export const ca = given === undefined ? '' : readFileSync(address.searchParams.get('ca') ?? '', 'utf8')
export const user = decodeURIComponent(address.username)
export const password = address.password
export const suffix = address.pathname.slice(1)

/** A part of the tree of its own, and somebody who writes there. */
export interface TestTree {
  readonly base: string
  readonly writer: Client
  /** Adds a person whose `uid` is the name. */
  add(uid: string, attributes?: Record<string, string | string[]>): Promise<void>
  destroy(): Promise<void>
}

export async function testTree(): Promise<TestTree> {
  const writer = new Client({ url })
  await writer.bind(user, password)
  const ifThere = (error: { code?: number }) => {
    if (error.code !== 68) throw error
  }
  await writer
    .add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'isthmus', o: 'test' })
    .catch(ifThere)
  const base = `ou=${randomBytes(6).toString('hex')},${suffix}`
  await writer.add(base, { objectClass: 'organizationalUnit' })
  return {
    base,
    writer,
    add: (uid, attributes = {}) =>
      writer.add(`uid=${uid},${base}`, {
        objectClass: 'inetOrgPerson',
        cn: 'name',
        sn: 'name',
        ...attributes,
      }),
    async destroy() {
      const { searchEntries } = await writer.search(base, {
        scope: 'children',
        attributes: ['1.1'],
        paged: true,
      })
      for (const { dn } of searchEntries) await writer.del(dn)
      await writer.del(base)
      await writer.unbind()
    },
  }
}

export function directoryAt(options: Partial<LdapOptions> = {}): System & LdapChannels {
  return system('people', {
    kind: 'hrm',
    connector: ldap({ url, user, password, ...patientAnswers, ...options }),
  })
}

export function connectTo(directory: System, log: string[] = []): Promise<Connection> {
  return directory.connector.connect(
    connectContext({ system: directory.name, log: (_level, text) => log.push(text) }),
  )
}
