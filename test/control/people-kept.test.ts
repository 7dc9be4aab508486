import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { landscape } from '../../src/index.ts'
import { readControlFile } from '../../src/server/control-file.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { Browser, goodPassword } from '../security/people-scene.ts'
import { temporaryFolder } from '../temporary-folder.ts'

interface Place {
  readonly data: string
  start(): Promise<Instance>
}

function placeIn(environment: Record<string, string>): Place {
  const data = temporaryFolder('kept')
  const plant = landscape({ name: 'plant', systems: [], flows: [] })
  const control = { port: 0 }
  return {
    data,
    start: () => startInstance({ landscape: plant, data, port: 0, control, environment, log: () => {} }),
  }
}

const browserAt = ({ control }: Instance) => new Browser(() => control.url)

/** Everything that people have is there after a restart, and what was ended stays ended. */
async function lasts(place: Place): Promise<void> {
  const first = await place.start()
  assert.equal(readControlFile(place.data)?.running?.setUpCode, first.people.setUpCode)
  const owner = browserAt(first)
  const body = { code: first.people.setUpCode, name: 'Ännchen', password: goodPassword }
  owner.csrf = (await owner.get<{ csrf: string }>('/api/v1/setup', body)).csrf
  assert.equal(readControlFile(place.data)?.running?.setUpCode, undefined)
  const { token } = await owner.get<{ token: string }>('/api/v1/me/tokens/new', { name: 'ci' })
  await owner.get('/api/v1/accounts/new', {
    name: 'bob',
    grants: [{ role: 'viewer', scope: { flows: ['a'] } }],
  })
  const view = { name: 'Morning', place: 'failures', search: 'by=flow', shared: false }
  await owner.get('/api/v1/views/new', view)
  const second = browserAt(first)
  await second.logIn('ännchen')
  await second.get('/api/v1/logout', {})
  const ended = second.session
  await first.stop(500)

  const again = await place.start()
  try {
    const known = browserAt(again)
    known.cookies.set('isthmus', owner.session)
    assert.equal((await known.get('/api/v1/me')).name, 'Ännchen')
    const { views } = await known.get<{ views: { name: string }[] }>('/api/v1/views')
    assert.deepEqual(
      views.map(({ name }) => name),
      ['Morning'],
    )
    const left = browserAt(again)
    left.cookies.set('isthmus', ended)
    assert.equal((await left.ask('/api/v1/me')).status, 401)
    const headers = { authorization: `Bearer ${token}` }
    const found = await browserAt(again).ask('/api/v1/accounts/bob', { headers })
    assert.deepEqual(((await found.json()) as { grants: unknown }).grants, [
      { role: 'viewer', scope: { flows: ['a'] } },
    ])
    const audit = await browserAt(again).ask('/api/v1/audit/state', { headers })
    const { nodes, broken } = (await audit.json()) as { nodes: { records: number }[]; broken: unknown[] }
    assert.deepEqual(broken, [])
    assert.equal(nodes.length, 1)
    assert.ok((nodes[0]?.records ?? 0) >= 9)
    assert.ok((await again.operations.balance()).balanced)
    assert.equal((await browserAt(again).logIn('Ännchen')).status, 200)
  } finally {
    await again.stop(500)
  }
}

test('accounts, sessions, tokens and the audit last over a restart, in SQLite', () => lasts(placeIn({})))

test('accounts, sessions, tokens and the audit last over a restart, in PostgreSQL', {
  skip: withoutPostgres,
}, async t => {
  const schema = freshSchema()
  t.after(() => dropSchema(schema))
  const url = new URL(testUrl)
  url.searchParams.set('schema', schema)
  await lasts(placeIn({ ISTHMUS_STORE: url.href }))
})

test('isthmus account code tells who runs the instance how an owner comes in', async t => {
  const place = placeIn({})
  const instance = await place.start()
  t.after(() => instance.stop(500))
  const run = promisify(execFile)
  const code = async (...args: string[]) => {
    const all = ['bin/isthmus.mjs', 'account', 'code', ...args, '--data', place.data, '--json']
    return (JSON.parse((await run(process.execPath, all)).stdout) as { code: string }).code
  }
  assert.equal(await code(), instance.people.setUpCode)
  const owner = browserAt(instance)
  await owner.get('/api/v1/setup', { code: await code(), name: 'ann', password: goodPassword })
  await assert.rejects(code(), /There is an owner already/)
  const reset = { name: 'ann', code: await code('ann'), password: 'a new good password' }
  await browserAt(instance).get('/api/v1/password', reset)
  assert.equal((await browserAt(instance).logIn('ann', 'a new good password')).status, 200)
})
