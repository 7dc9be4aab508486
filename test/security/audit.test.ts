import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { linked } from '../../src/server/people/audit/audit-record.ts'
import { verifyAudit } from '../../src/server/people/audit/audit-verify.ts'
import {
  openNodeKey,
  publicKeyPath,
  type SignedHead,
  signedHead,
} from '../../src/server/people/audit/signed-heads.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { StreamEvent, StreamReader } from '../../src/store/streams.ts'
import { until } from '../control/control-scene.ts'
import { canary, type PeopleScene, peopleScene } from './people-scene.ts'

interface Row {
  readonly no: number
  readonly action: string
  readonly object: string
  readonly actor: string
  readonly address: string
  readonly outcome?: string
  readonly open?: boolean
  readonly before?: string
  readonly after?: string
  readonly operation: string
  readonly why?: string
  readonly times?: number
}

async function rows(scene: PeopleScene, query = ''): Promise<Row[]> {
  const answer = await scene.local(`/api/v1/audit?limit=500${query}`)
  const page = (await answer.json()) as { records: Row[]; broken: unknown[] }
  assert.deepEqual(page.broken, [])
  return page.records
}

test('what people do is written with who, from where, to what, with what outcome, and how it was before', async t => {
  const scene = await peopleScene(t)
  await scene.park('alpha', '1')
  const ann = await scene.person('ann', [{ role: 'engineer' }])
  const root = await scene.person('root', [{ role: 'admin' }])
  await scene.browser().logIn('ann', 'wrong password')
  await ann.ask('/api/v1/accounts')
  await ann.get('/api/v1/parked/decision', {
    decision: { do: 'discard', why: 'sent twice' },
    filter: { flow: 'alpha' },
  })
  await ann.ask('/api/v1/flows/alpha/messages/1/decision', { body: { do: 'retry', why: 'again' } })
  await ann.get('/api/v1/messages?key=1&showPii=true')
  await root.get('/api/v1/accounts/ann/grants', { grants: [{ role: 'viewer' }], why: 'moves on' })
  await root.ask('/api/v1/indoubt/x/decision', { body: { do: 'commit', why: 'seen' } })

  const found = await rows(scene)
  const of = (action: string) => found.filter(row => row.action === action)
  const tell = ({ actor, object, outcome, why, address }: Row) => ({ actor, object, outcome, why, address })
  const here = { address: '127.0.0.1' }
  assert.deepEqual(of('login').map(tell), [
    { actor: '', object: 'account ann', outcome: 'denied', why: undefined, ...here },
  ])
  assert.deepEqual(of('accounts').map(tell), [
    { actor: 'ann', object: '', outcome: 'denied', why: undefined, ...here },
  ])
  const discarded = { actor: 'ann', object: '{"flow":"alpha"}', outcome: 'ok', why: 'sent twice', ...here }
  assert.deepEqual(of('parked.decision:discard').map(tell), [discarded])
  assert.equal(of('parked.decision:discard')[0]?.times, 1)
  const refused = { actor: 'ann', object: 'alpha/1', outcome: 'refused', why: 'again', ...here }
  assert.deepEqual(of('flows.messages.decision:retry').map(tell), [refused])
  assert.equal(of('messages:personal').length, 1)
  const [granted] = of('accounts.grants')
  assert.deepEqual(granted && tell(granted), {
    actor: 'root',
    object: 'account ann',
    outcome: 'ok',
    why: 'moves on',
    ...here,
  })
  assert.match(granted?.before ?? '', /^[0-9a-f]{64}$/)
  assert.match(granted?.after ?? '', /^[0-9a-f]{64}$/)
  assert.notEqual(granted?.before, granted?.after)
  assert.equal(of('indoubt.decision:commit').length, 1)
  assert.equal(of('start').length, 1)
  assert.deepEqual(
    of('credential')
      .map(({ object }) => object)
      .sort(),
    ['crm-a: SHOP_TOKEN', 'erp-b: SHOP_TOKEN'],
  )
  assert.doesNotMatch(JSON.stringify(found), new RegExp(`wrong password|Li Na|${canary}`))
})

test('rows are found by actor, object, action, outcome, operation and time, page by page', async t => {
  const scene = await peopleScene(t)
  const root = await scene.person('root', [{ role: 'admin' }])
  for (let n = 1; n <= 7; n++) await root.get('/api/v1/accounts/new', { name: `person-${n}`, grants: [] })
  const made = await rows(scene, '&action=accounts.new')
  assert.deepEqual(
    made.map(({ object }) => object),
    [7, 6, 5, 4, 3, 2, 1].map(n => `account root person-${n}`),
  )
  assert.equal((await rows(scene, '&object=person-3')).length, 1)
  assert.equal((await rows(scene, '&actor=root&outcome=denied')).length, 0)
  assert.equal((await rows(scene, `&operation=${made[0]?.operation}`)).length, 1)
  assert.equal((await rows(scene, `&to=${Date.now() - 3_600_000}`)).length, 0)
  const paged: Row[] = []
  for (let before: number | undefined; ; ) {
    const query = `/api/v1/audit?action=accounts.new&limit=2${before === undefined ? '' : `&before=${before}`}`
    const page = (await (await scene.local(query)).json()) as { records: Row[]; next?: number }
    paged.push(...page.records)
    if (page.next === undefined) break
    before = page.next
  }
  assert.deepEqual(paged, made)
})

test('who knocks again and again fills no disk: what follows the first is counted', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'viewer' }])
  for (let n = 0; n < 30; n++) assert.equal((await ann.ask('/api/v1/accounts')).status, 403)
  const denied = () => rows(scene, '&outcome=denied')
  assert.equal((await denied()).length, 1)
  t.mock.timers.tick(60_001)
  assert.equal((await denied())[0]?.times, 29)
})

/** A store whose streams of the audit can be made to refuse. */
function failingStore(): { store: Store; fail: (now: boolean) => void } {
  const inner = memoryStore()
  let isFailing = false
  const append: Store['append'] = async (appends, token) => {
    if (isFailing && appends.some(({ kind }) => kind === 'audit')) {
      const { IsthmusError } = await import('../../src/index.ts')
      throw new IsthmusError('STORE-UNAVAILABLE', 'the disk is away')
    }
    return inner.append(appends, token)
  }
  const store = new Proxy(inner, {
    get: (target, name) => {
      if (name === 'append') return append
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store, fail: now => (isFailing = now) }
}

test('what cannot be written into the audit is not done', async t => {
  const { store, fail } = failingStore()
  const scene = await peopleScene(t, { store })
  await scene.park('alpha', '1')
  const root = await scene.person('root', [{ role: 'admin' }])
  fail(true)
  const orders: [path: string, body: object][] = [
    ['/api/v1/accounts/new', { name: 'eve', grants: [{ role: 'admin' }] }],
    ['/api/v1/accounts/owner/grants', { grants: [] }],
    ['/api/v1/me/tokens/new', { name: 'ci' }],
    ['/api/v1/flows/alpha/messages/1/decision', { do: 'discard', why: 'x' }],
    ['/api/v1/sources/crm-a.orders/resync', {}],
  ]
  for (const [path, body] of orders) {
    const response = await root.ask(path, { body })
    assert.equal(response.status, 503, path)
    assert.match(await response.text(), /audit cannot be written/)
  }
  assert.equal((await root.ask('/api/v1/messages?key=1&showPii=true')).status, 503)
  assert.equal((await root.ask('/api/v1/status')).status, 200, 'looking at it goes on')
  assert.equal(scene.instance.people.accounts.find('eve'), undefined)
  assert.equal((await scene.instance.operations.parked({})).messages.length, 1)
  fail(false)
  await root.get('/api/v1/accounts/new', { name: 'bob', grants: [] })
  const [last] = await rows(scene, '&action=accounts.new')
  assert.equal(last?.outcome, 'ok')
})

test('what was asked for and never ended is told as open', async t => {
  const scene = await peopleScene(t)
  const entry = {
    operation: 'op-1',
    actor: 'ann',
    how: 'session',
    address: '',
    action: 'replay',
    object: 'x',
  } as const
  await scene.instance.people.audit.write({ ...entry, phase: 'asked' })
  await scene.local('/api/v1/accounts/owner/sessions/end', {})
  const found = await rows(scene)
  assert.deepEqual(
    found.filter(({ open }) => open).map(({ operation }) => operation),
    ['op-1'],
  )
  const state = (await (await scene.local('/api/v1/audit/state')).json()) as {
    nodes: { open: number }[]
    broken: []
  }
  assert.equal(state.nodes[0]?.open, 1)
  assert.deepEqual(state.broken, [])
})

/** Events of one stream, as an attacker with the database may have left them. */
function streamsOf(events: readonly StreamEvent[]): StreamReader {
  const node = events[0]?.key ?? ''
  const head = {
    kind: 'audit',
    key: node,
    version: events.length,
    state: 'open',
    open: true,
    began: 0,
    changed: 0,
  }
  return {
    head: async () => head,
    heads: async () => (events.length === 0 ? [] : [head]),
    events: async ({ after = 0, limit }) => events.slice(after, after + limit),
    log: async () => [...events],
  }
}

test('removing, changing, adding, reordering and cutting off are found, with heads also what was forged whole', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-audit-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const key = openNodeKey(folder)
  const entry = {
    operation: 'o',
    phase: 'done',
    actor: 'ann',
    how: 'session',
    address: '',
    action: 'a',
  } as const
  const chain = (objects: readonly string[], from = '') => {
    let prev = from
    return objects.map((object, n) => {
      const { hash, ...rest } = linked({ ...entry, object }, n + 1, 1_000 + n, prev)
      prev = hash
      const { action: type, at, no: version, ...data } = { ...rest, hash }
      return { kind: 'audit', key: key.node, version, position: version, type, at, data } as StreamEvent
    })
  }
  const objects = Array.from({ length: 1_200 }, (_, n) => `object ${n}`)
  const good = chain(objects)
  const hashAt = (no: number) => ((good[no - 1] as StreamEvent).data as unknown as { hash: string }).hash
  const heads = [100, 1_200].map(no => signedHead(key, { no, hash: hashAt(no) }, 5))
  const witness = { heads, keys: [readFileSync(publicKeyPath(folder), 'utf8')] }
  const broken = async (events: readonly StreamEvent[], by: typeof witness | undefined = undefined) =>
    (await verifyAudit(streamsOf(events), by)).broken.map(({ no }) => no)
  const renumbered = (events: readonly StreamEvent[]) =>
    events.map((event, n) => ({ ...event, version: n + 1 }))

  assert.deepEqual(await broken(good, witness), [])
  assert.notDeepEqual(await broken(renumbered(good.filter(({ version }) => version !== 700))), [])
  const changed = (field: string, value: unknown) =>
    good.map(event =>
      event.version === 700 ? { ...event, data: { ...(event.data as object), [field]: value } } : event,
    )
  for (const field of ['actor', 'object', 'outcome', 'operation', 'address', 'why', 'before', 'after'])
    assert.deepEqual(await broken(changed(field, 'eve') as StreamEvent[]), [700], field)
  assert.deepEqual(await broken(good.map(each => (each.version === 3 ? { ...each, at: 9 } : each))), [3])
  assert.deepEqual(await broken(good.map(each => (each.version === 3 ? { ...each, type: 'b' } : each))), [3])
  const swapped = [...good]
  ;[swapped[10], swapped[11]] = [good[11] as StreamEvent, good[10] as StreamEvent]
  assert.notDeepEqual(await broken(renumbered(swapped)), [])
  const doubled = renumbered([...good.slice(0, 50), good[49] as StreamEvent, ...good.slice(50)])
  assert.notDeepEqual(await broken(doubled), [])
  // The chain alone does not know its end, nor that it is not another one: the heads do.
  assert.deepEqual(await broken(good.slice(0, 1_100)), [])
  assert.deepEqual(await broken(good.slice(0, 1_100), witness), [1_200])
  const forged = chain(objects.map((object, n) => (n === 50 ? 'something else' : object)))
  assert.deepEqual(await broken(forged), [])
  assert.deepEqual(await broken(forged, witness), [100, 1_200])
  assert.deepEqual(await broken([], witness), [100, 1_200])
  // A head that the attacker has written with a key of its own proves nothing, and is told.
  const other = openNodeKey(mkdtempSync(join(folder, 'x')))
  const fake: SignedHead = { ...signedHead(other, { no: 100, hash: hashAt(100) }, 5), node: key.node }
  assert.deepEqual(await broken(good, { ...witness, heads: [fake] }), [100])
})

test('the signed head is told to a URL or a file outside, when it has grown', async t => {
  const got: SignedHead[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => (text += chunk))
    request.on('end', () => {
      got.push(JSON.parse(text))
      response.end()
    })
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  t.mock.timers.enable({ apis: ['setInterval'] })
  const scene = await peopleScene(t, {
    environment: { ISTHMUS_AUDIT_HEADS: `http://127.0.0.1:${port}/heads` },
  })
  t.mock.timers.tick(60_000)
  await until(() => got.length === 1)
  await scene.local('/api/v1/accounts/owner/sessions/end', {})
  await scene.instance.stop(500)
  assert.equal(got.length, 2)
  const { node, no, hash } = got[1] as SignedHead
  assert.deepEqual({ no, hash }, scene.instance.people.audit.end)
  assert.equal(node, scene.instance.people.audit.node)
})

async function keptInSqlite(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-audit-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const scene = await peopleScene(t, { store: sqliteStore({ path: folder }) })
  for (let n = 0; n < 3; n++)
    await scene.local(`/api/v1/accounts/new`, { name: `p${n}`, grants: [], why: 'test' })
  await scene.instance.stop(500)
  const heads = readFileSync(join(scene.data, 'audit-heads.jsonl'), 'utf8')
  const key = readFileSync(publicKeyPath(scene.data), 'utf8')
  writeFileSync(join(folder, 'heads.jsonl'), heads)
  writeFileSync(join(folder, 'key.pem'), key)
  return folder
}

function isthmus(args: readonly string[]): { code: number; out: string } {
  try {
    const out = execFileSync(process.execPath, ['bin/isthmus.mjs', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { code: 0, out }
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    return { code: status, out: stdout + stderr }
  }
}

test('isthmus audit list and verify read the store, and tell a cut-off end by exit code 3', async t => {
  const folder = await keptInSqlite(t)
  const list = isthmus(['audit', 'list', '--data', folder, '--action', 'accounts.new', '--json'])
  assert.equal(list.code, 0, list.out)
  assert.deepEqual(
    JSON.parse(list.out).records.map((row: Row) => row.object),
    ['p2', 'p1', 'p0'],
  )
  const verify = (...more: string[]) => isthmus(['audit', 'verify', '--data', folder, ...more])
  const witness = ['--heads', join(folder, 'heads.jsonl'), '--key', join(folder, 'key.pem')]
  const good = verify(...witness)
  assert.equal(good.code, 0, good.out)
  assert.match(good.out, /whole/)
  const [line = ''] = readFileSync(join(folder, 'heads.jsonl'), 'utf8').trim().split('\n')
  writeFileSync(join(folder, 'heads.jsonl'), `${JSON.stringify({ ...JSON.parse(line), no: 9_999 })}\n`)
  const bad = verify(...witness, '--json')
  assert.equal(bad.code, 3, bad.out)
  assert.equal(JSON.parse(bad.out).broken.length, 1)
})
