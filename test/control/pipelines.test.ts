import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Grant } from '../../src/server/people/permissions.ts'
import { type PipelineScene, pipelineScene } from '../console/pipeline-scene.ts'
import { Browser } from '../security/people-scene.ts'

interface Rows {
  readonly rows: readonly {
    readonly id: string
    readonly data: object
    readonly masked: boolean
    readonly state: string
  }[]
  readonly counts: readonly { readonly reason: string; readonly rows: number }[]
}
interface Described {
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': { readonly schema: object } } }
  }
}
interface Ordered {
  readonly key: string
}
interface Detail {
  readonly run: { readonly status: string; readonly parked: number; readonly written: number }
  readonly checks: readonly { readonly ok: boolean; readonly examples: readonly object[] }[]
}

const at = '/api/v1/pipelines/night'
const runAt = (key: string) => `${at}/runs/${encodeURIComponent(key)}`
const person = { by: 'ann', why: 'test' }

describe('the control API of pipelines', () => {
  let scene: PipelineScene
  let first: string
  let failed: string

  before(async () => {
    scene = await pipelineScene()
    for (let no = 1; no <= 9; no++) scene.add(no, `${no}.5`)
    scene.add(10, 'Wang Wu', 'Wang Wu')
    first = await scene.night(3)
    scene.add(11, '5000', 'Zhao Liu')
    failed = await scene.night(2)
  })
  after(() => scene?.stop())

  /** Somebody with an account who has logged in. */
  async function personWith(name: string, grants: readonly Grant[]): Promise<Browser> {
    const { people, control } = scene.instance
    await people.accounts.create({ name, grants, origin: 'local', disabled: false, tokens: [], created: 1 })
    const browser = new Browser(() => control.url)
    browser.cookies.set('isthmus', await people.sessions.begin(name, '127.0.0.1', 'test'))
    browser.csrf = (await browser.get<{ csrf: string }>('/api/v1/me')).csrf
    return browser
  }

  it('answers as it is described', async () => {
    const ajv = new Ajv2020({ strict: false })
    const { paths } = await scene.get<{ paths: Record<string, { get?: Described }> }>('/api/v1/openapi.json')
    const own = Object.entries(paths).flatMap(([path, { get }]) =>
      get && path.includes('{pipeline}') ? [[path, get] as const] : [],
    )
    assert.equal(own.length, 4)
    for (const [path, { responses }] of own) {
      const fits = ajv.compile(responses[200].content['application/json'].schema)
      const answer = await scene.get(
        path.replace('{pipeline}', 'night').replace('{key}', encodeURIComponent(failed)),
      )
      assert.ok(fits(answer), `${path}: ${ajv.errorsText(fits.errors)}`)
    }
  })

  it('tells what the last runs found, and nothing of what they did not check', async () => {
    const record = await scene.get<{
      runs: { key: string }[]
      tables: { table: string; rows: { read: number; parked: number }[] }[]
      checks: { check: string; results: { run: string; ok: boolean }[] }[]
    }>(`${at}/quality`)
    assert.deepEqual(
      record.runs.map(({ key }) => key),
      [failed, first],
    )
    assert.deepEqual(record.tables, [
      {
        table: 'orders',
        rows: [
          { run: failed, read: 11, parked: 1 },
          { run: first, read: 10, parked: 1 },
        ],
      },
    ])
    const check = record.checks.find(each => each.check === 'no order of more than 1000')
    assert.deepEqual(
      check?.results.map(({ run, ok }) => [run, ok]),
      [
        [failed, false],
        [first, true],
      ],
    )
    const other = await scene.get<{ runs: [] }>('/api/v1/pipelines/by-hand/quality')
    assert.deepEqual(other.runs, [])
  })

  it('masks what is personal in rows, their reasons, and the examples of checks, unless it is asked for', async () => {
    const { rows, counts } = await scene.get<Rows>(`${at}/rows?run=${encodeURIComponent(first)}`)
    assert.deepEqual(rows[0]?.data, { no: 10, buyer: '***', amount: '***', day: '2026-05-01' })
    assert.equal(rows[0]?.masked, true)
    assert.doesNotMatch(JSON.stringify(counts), /Wang/)
    const whole = await scene.get<Rows>(`${at}/rows?showPii=true&id=${rows[0]?.id}`)
    assert.equal(whole.rows.length, 1)
    assert.match(JSON.stringify(whole), /Wang Wu/)
    const { checks } = await scene.get<Detail>(runAt(failed))
    const examples = checks.find(({ ok }) => !ok)?.examples ?? []
    assert.equal(examples.length, 1)
    assert.doesNotMatch(JSON.stringify(checks), /Zhao/)
  })

  it('orders the same once, however often it is asked for', async () => {
    const order = { ...person, until: Date.parse(first) - 86_400_000 }
    const runs = await Promise.all([scene.ask(`${at}/run`, order), scene.ask(`${at}/run`, order)])
    assert.deepEqual(runs.map(({ status }) => status).sort(), [200, 409])
    const range = { ...person, from: Date.parse(first) - 4 * 86_400_000, until: order.until - 86_400_000 }
    const backfills = await Promise.all([
      scene.ask(`${at}/backfill`, range),
      scene.ask(`${at}/backfill`, range),
    ])
    assert.deepEqual(backfills.map(({ status }) => status).sort(), [200, 409])
    const repair = { ...person, do: 'repair', table: 'orders' }
    const decision = `${runAt(first)}/decision`
    const repairs = await Promise.all([scene.ask(decision, repair), scene.ask(decision, repair)])
    assert.deepEqual(repairs.map(({ status }) => status).sort(), [200, 409])
    for (const answer of [...runs, ...repairs])
      if (answer.ok) await scene.over(((await answer.json()) as Ordered).key)
  })

  it('loads a row once it is mended, and writes who ordered it into the audit', async () => {
    const { rows } = await scene.get<Rows>(`${at}/rows?run=${encodeURIComponent(first)}`)
    const id = rows[0]?.id ?? ''
    const data = { no: 10, buyer: 'Wang Wu', amount: '10.5', day: '2026-05-01' }
    await scene.get(`${at}/rows/decision`, { ...person, do: 'fix', ids: [id], data })
    const { key } = await scene.get<Ordered>(`${runAt(first)}/decision`, {
      ...person,
      do: 'repair',
      table: 'orders',
    })
    assert.equal(await scene.over(key), 'published')
    const { run } = await scene.get<Detail>(runAt(key))
    assert.deepEqual([run.written, run.parked], [1, 0])
    const mended = await scene.get<Rows>(`${at}/rows?id=${id}`)
    assert.equal(mended.rows[0]?.state, 'repaired')
    const { records } = await scene.get<{
      records: { action: string; actor: string; why: string; phase: string; outcome?: string }[]
    }>('/api/v1/audit?limit=200')
    const done = records.filter(({ action, phase }) => action.startsWith('pipelines.') && phase === 'done')
    const actions = new Map(done.filter(({ outcome }) => outcome === 'ok').map(each => [each.action, each]))
    for (const action of [
      'pipelines.run',
      'pipelines.backfill',
      'pipelines.runs.decision:repair',
      'pipelines.rows.decision:fix',
    ])
      assert.deepEqual([actions.get(action)?.actor, actions.get(action)?.why], ['ann', 'test'], action)
    assert.ok(done.some(({ outcome }) => outcome === 'refused'))
    assert.ok(actions.has('pipelines.rows:personal'))
  })

  it('shows and obeys nobody whose scope has no flow of its name', async () => {
    const stranger = await personWith('eve', [{ role: 'admin', scope: { flows: ['by-*'] } }])
    const { pipelines } = await stranger.get<{ pipelines: { pipeline: string }[] }>('/api/v1/pipelines')
    assert.deepEqual(
      pipelines.map(({ pipeline }) => pipeline),
      ['by-hand'],
    )
    for (const path of [`${at}/runs`, runAt(first), `${at}/rows`, `${at}/quality`])
      assert.equal((await stranger.ask(path)).status, 403, path)
    const why = 'mine'
    for (const [path, body] of [
      [`${at}/run`, { why }],
      [`${at}/backfill`, { why, from: 0, until: 1 }],
      [`${runAt(failed)}/decision`, { why, do: 'cancel' }],
      [`${at}/rows/decision`, { why, do: 'discard', ids: ['x'] }],
    ] as const)
      assert.equal((await stranger.ask(path, { body })).status, 403, path)
    assert.equal((await scene.get<Detail>(runAt(failed))).run.status, 'failed')
  })

  it('lets a viewer look and not order, and an operator order and not edit', async () => {
    const viewer = await personWith('vic', [{ role: 'viewer' }])
    await viewer.get(runAt(failed))
    const refusal = await viewer.ask(`${runAt(failed)}/decision`, { body: { do: 'cancel', why: 'x' } })
    assert.equal(refusal.status, 403)
    assert.equal(((await refusal.json()) as { missing: string }).missing, 'operate')
    assert.equal((await viewer.ask(`${at}/rows?showPii=true`)).status, 403)
    const operator = await personWith('olga', [{ role: 'operator' }])
    const fix = { do: 'fix', ids: ['x'], data: {}, why: 'x' }
    const edit = await operator.ask(`${at}/rows/decision`, { body: fix })
    assert.equal(((await edit.json()) as { missing: string }).missing, 'edit')
    await operator.get(`${runAt(failed)}/decision`, { do: 'cancel', why: 'not needed' })
    assert.equal((await scene.get<Detail>(runAt(failed))).run.status, 'cancelled')
  })
})
