/** What the compiler must refuse about LDAP; see must-not-compile.ts. */
import { model, system, Type } from 'isthmus'
import { ldap, ldapFilter } from 'isthmus/ldap'

const Name = model('Name', { version: 1, schema: Type.Object({ uid: Type.String() }) })
const hrm = system('hrm', { kind: 'hrm', connector: ldap({ url: 'ldap://localhost' }) })
const base = 'dc=test'
const common = { base, request: Name, response: Name, one: true } as const

hrm.search('person', { ...common, filter: ({ uid }) => ldapFilter`(uid=${uid})` })

// A filter is a template: text that is put together could hold what data say.
// @ts-expect-error
hrm.search('person', { ...common, filter: ({ uid }) => `(uid=${uid})` })
// @ts-expect-error
hrm.entries('people', Name, { base, filter: '(uid=*)' })

// It is made of the data of the request.
// @ts-expect-error
hrm.search('person', { ...common, filter: ({ name }) => ldapFilter`(uid=${name})` })
