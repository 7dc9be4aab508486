import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  ca,
  password,
  secureUrl,
  type TestTree,
  testTree,
  url,
  user,
  withoutLdap,
} from '../integration/ldap-harness.ts'
import { type PeopleScene, peopleScene } from '../security/people-scene.ts'

async function withDirectory(
  t: TestContext,
  how: { url?: string; ca?: boolean; password?: string } = {},
): Promise<{ scene: PeopleScene; tree: TestTree }> {
  const tree = await testTree()
  t.after(() => tree.destroy())
  await tree.add('ann', { userPassword: 'a password of the directory' })
  await tree.add('bob', { userPassword: 'bob has another one' })
  await tree.add('guest', { userPassword: 'a guest has one too' })
  const group = (cn: string, members: string[]) =>
    tree.writer.add(`cn=${cn},${tree.base}`, { objectClass: 'groupOfNames', cn, member: members })
  await group('integration', [`uid=ann,${tree.base}`, `uid=bob,${tree.base}`])
  await group('editors', [`uid=bob,${tree.base}`])
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-ldap-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'ca.pem'), ca)
  const ldap = {
    url: how.url ?? url,
    ...(how.ca && { ca: 'ca.pem' }),
    user,
    password: 'LDAP_PASSWORD',
    people: tree.base,
    groups: tree.base,
    grants: [
      { group: 'integration', role: 'operator' },
      { group: 'editors', role: 'engineer', scope: { flows: ['beta'] } },
    ],
  }
  writeFileSync(join(folder, 'access.json'), JSON.stringify({ ldap }))
  const environment = { ISTHMUS_ACCESS: join(folder, 'access.json'), LDAP_PASSWORD: how.password ?? password }
  return { scene: await peopleScene(t, { environment }), tree }
}

test('people of a directory log in with its password, and have the grants of their groups', {
  skip: withoutLdap,
}, async t => {
  const { scene, tree } = await withDirectory(t)
  const ann = scene.browser()
  assert.deepEqual(await ann.get('/api/v1/login/ways'), { owner: true, ldap: true })
  assert.equal((await ann.logIn('ann', 'a password of the directory')).status, 200)
  const me = await ann.get<{ origin: string; grants: unknown }>('/api/v1/me')
  assert.deepEqual([me.origin, me.grants], ['ldap', [{ role: 'operator' }]])
  const bob = scene.browser()
  await bob.logIn('bob', 'bob has another one')
  const { grants } = await bob.get<{ grants: unknown }>('/api/v1/me')
  assert.deepEqual(grants, [{ role: 'operator' }, { role: 'engineer', scope: { flows: ['beta'] } }])
  assert.equal((await scene.browser().logIn('guest', 'a guest has one too')).status, 403)
  // What the directory takes back is gone at the next login.
  await tree.writer.del(`cn=editors,${tree.base}`)
  await scene.browser().logIn('bob', 'bob has another one')
  assert.equal((await bob.ask('/api/v1/me')).status, 401)
})

test('wrong, empty and cunning names and passwords come in nowhere', { skip: withoutLdap }, async t => {
  const { scene } = await withDirectory(t)
  const tries: [name: string, password: string][] = [
    ['ann', 'bob has another one'],
    ['ann', ' '],
    ['a*', 'a password of the directory'],
    ['*', 'a password of the directory'],
    ['ann)(uid=*', 'a password of the directory'],
    ['nobody', 'a password of the directory'],
    ['owner', 'a password of the directory'],
  ]
  for (const [name, given] of tries) {
    const { status } = await scene.browser().logIn(name, given)
    assert.ok([400, 401].includes(status), `${name}: ${status}`)
  }
  assert.equal((await scene.browser().logIn('ann', '')).status, 400)
  assert.deepEqual(
    scene.instance.people.accounts.list().map(({ name }) => name),
    ['owner'],
  )
})

test('over TLS the directory must be the one of the certificate', { skip: withoutLdap }, async t => {
  const trusted = await withDirectory(t, { url: secureUrl, ca: true })
  assert.equal((await trusted.scene.browser().logIn('ann', 'a password of the directory')).status, 200)
  const untrusted = await withDirectory(t, { url: secureUrl })
  const refused = await untrusted.scene.browser().logIn('ann', 'a password of the directory')
  assert.equal(refused.status, 503)
})

test('a directory that does not answer, or does not know us, keeps nobody of ours out', {
  skip: withoutLdap,
}, async t => {
  const { scene } = await withDirectory(t, { password: 'not the right one' })
  const refused = await scene.browser().logIn('ann', 'a password of the directory')
  assert.equal(refused.status, 503)
  assert.doesNotMatch(await refused.text(), /not the right one/)
})
