import { env, flow, landscape, model, secret, system, Type } from 'isthmus'
import { ldap, ldapFilter } from 'isthmus/ldap'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Person = model('Person', {
  version: 1,
  pii: ['cn', 'mail'],
  schema: Type.Object({ dn: Text, uid: Text, cn: Text, mail: Type.Array(Text) }),
})
const Member = model('Member', { version: 1, schema: Type.Object({ dn: Text }) })
const Groups = model('Groups', { version: 1, schema: Type.Array(Type.Object({ cn: Text })) })
const Operator = model('Operator', {
  version: 1,
  pii: ['name', 'mail'],
  schema: Type.Object({ id: Text, name: Text, mail: Type.Optional(Text), groups: Text }),
})

const hrm = system('hrm', {
  kind: 'hrm',
  connector: ldap({
    url: env('HRM_LDAP', 'ldap://127.0.0.1'),
    user: env('HRM_USER', 'cn=admin,dc=isthmus,dc=test'),
    password: secret('HRM_PASSWORD'),
  }),
})
const people = hrm.entries('people', Person, {
  base: 'ou=people,dc=isthmus,dc=test',
  filter: ldapFilter`(objectClass=inetOrgPerson)`,
  every: '10s',
})
const groupsOf = hrm.search('groups-of', {
  base: 'ou=groups,dc=isthmus,dc=test',
  request: Member,
  response: Groups,
  filter: ({ dn }) => ldapFilter`(&(objectClass=groupOfNames)(member=${dn}))`,
})

const mes = system('mes', {
  kind: 'mes',
  connector: sql({
    url: env('MES_DATABASE', './mes.db'),
    setup: [
      sqlText`create table if not exists operators (id text primary key, name text, mail text, groups text)`,
    ],
  }),
})
const operator = mes.table('operator', Operator, { table: 'operators', mode: 'upsert', key: ['id'] })

const operators = flow('operators')
  .from(people)
  .key(person => person.uid)
  .enrich('groups', groupsOf, ({ dn }) => ({ dn }))
  .map(Operator, {
    id: p => p.uid,
    name: p => p.cn,
    mail: p => p.mail[0],
    groups: p => p.groups.map(({ cn }) => cn).join(' '),
  })
  .to(operator)

export default landscape({ name: 'ldap', systems: [hrm, mes], flows: [operators] })
