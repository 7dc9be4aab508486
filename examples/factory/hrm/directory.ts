import { setTimeout as delay } from 'node:timers/promises'
import ldap, { type Entry, type Response, type SearchRequest } from 'ldapjs'
import type { Faults } from '../simulated/faults.ts'
import type { Employee, HrmDatabase, PersonalData } from './database.ts'

const base = 'ou=people,dc=factory'
const user = 'cn=isthmus,dc=factory'

/** The people of the HRM as an LDAP directory, to read from, on loopback only. */
export async function startDirectory(
  port: number,
  db: HrmDatabase,
  faults: Faults,
  password: string,
): Promise<void> {
  const server = ldap.createServer()
  server.bind(user, ({ credentials }, response, next) => {
    if (credentials !== password) return next(new ldap.InvalidCredentialsError())
    response.end()
    next()
  })
  server.search(base, async (request, response, next) => {
    const { kind } = faults
    if (kind === 'refuse') return next(new ldap.BusyError('Maintenance. Try again later.'))
    if (kind === 'down') return request.connection.resetAndDestroy()
    if (kind === 'slow') await delay(faults.delay())
    const cards = new Map(db.personalData().map(card => [card.number, card]))
    const entries = db.employees().map(employee => entryOf(employee, cards.get(employee.number)))
    const found = entries.filter(({ attributes }) => request.filter.matches(attributes, false))
    response.attributes = response.attributes.map(name => name.toLowerCase())
    for (const entry of pageOf(found, request, response)) response.send(entry)
    if (kind === 'lose-answer') return request.connection.resetAndDestroy()
    response.end()
    next()
  })
  await new Promise<void>(resolve => server.listen(port, process.env.FACTORY_HOST || '127.0.0.1', resolve))
}

/** Simple paged results (RFC 2696); a page begins behind the entry that the cookie names, whatever changes meanwhile. */
function pageOf(
  entries: readonly Entry[],
  { controls }: SearchRequest,
  response: Response,
): readonly Entry[] {
  const paging = controls.find(({ type }) => type === ldap.PagedResultsControl.OID)
  if (!paging) return entries
  const { size, cookie } = paging.value
  const rest = entries.filter(({ dn }) => dn > cookie.toString())
  const page = rest.slice(0, size)
  const next = rest.length > page.length ? (page.at(-1)?.dn ?? '') : ''
  response.addControl(new ldap.PagedResultsControl({ value: { size: 0, cookie: Buffer.from(next) } }))
  return page
}

function entryOf(
  { number, uuid, name, department, status, changedAt }: Employee,
  card: PersonalData | undefined,
): Entry {
  return {
    dn: `employeeNumber=${number},${base}`,
    attributes: {
      objectClass: 'inetOrgPerson',
      entryUUID: uuid,
      modifyTimestamp: `${new Date(changedAt).toISOString().replace(/\D/g, '').slice(0, 14)}Z`,
      employeeNumber: number,
      cn: name,
      departmentNumber: department,
      employeeType: status,
      ...(card && {
        displayName: card.name,
        mobile: card.phone,
        residentId: card.identity,
        birthDate: card.born,
        hireDate: card.joined,
      }),
    },
  }
}
