import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planFlow } from '../../src/engine/plan.ts'
import { planReplay } from '../../src/engine/replay.ts'
import {
  type Connection,
  type Connector,
  model,
  type RequesterChannel,
  read,
  system,
  Type,
} from '../../src/index.ts'
import { box, type Note, note, startPost, until } from './harness.ts'

const Text = Type.String()
const Partner = model('Partner', { version: 1, schema: Type.Object({ name: Text }) })
const Ask = model('Ask', { version: 1, schema: Type.Object({ to: Text }) })
const Named = model('Named', { version: 1, schema: Type.Object({ id: Text, to: Text, n: Type.Number() }) })

/** Partners by their key, and what was asked for. */
function directory(partners: Record<string, string>) {
  const asked: string[] = []
  const connection: Connection = {
    requester: () => ({
      batch: 10,
      ask: async items =>
        items.map(({ data }) => {
          const { to } = data as { to: string }
          asked.push(to)
          return { ok: true, result: to in partners ? { name: partners[to] } : null }
        }),
    }),
    check: async () => {},
    close: async () => {},
  }
  const connector: Connector = {
    name: 'crm',
    summary: {},
    channels: () => ({}),
    connect: async () => connection,
  }
  const channel: RequesterChannel<{ to: string }, { name: string }, typeof read> = {
    role: 'requester',
    system: 'crm',
    name: 'partner',
    model: Ask,
    answer: Partner,
    effect: read,
    options: {},
  }
  return { asked, partners, channel, systems: [system('crm', { kind: 'crm', connector })] }
}

const named = (data: Note & { partner: { name: string } }) => data.partner.name

test('a lookup is shared and recorded; a miss has its declared answer, and a replay asks nobody', async () => {
  const { asked, partners, channel, systems } = directory({ ann: 'Ann' })
  const post = await startPost({
    systems,
    build: start =>
      start
        .key(({ id }) => id)
        .lookup('partner', channel, ({ to }) => ({ to }), {
          cache: '10m',
          miss: ({ to }) => ({ name: `? ${to}` }),
        })
        .map(Named, { id: ({ id }) => id, to: named, n: ({ n }) => n })
        .to({ ...box, model: Named }),
  })
  const names = ['ann', 'bob', 'ann', 'bob', 'ann']
  await post.intake.accept(names.map((to, n) => note(`n${n}`, to)))
  await until(() => post.written.length === 5)
  assert.deepEqual(asked.toSorted(), ['ann', 'bob'])
  assert.deepEqual(post.written.map(({ data }) => data.to).toSorted(), [
    '? bob',
    '? bob',
    'Ann',
    'Ann',
    'Ann',
  ])
  partners.ann = 'Anna'
  const { flows, name } = post.engine.landscape
  const plan = planFlow(flows[0] as (typeof flows)[0])
  await post.engine.stop()
  const entries = await post.store.read.entries({ flow: 'posting', limit: 10 })
  const settled = await post.store.read.settled({ flow: 'posting', from: 1, to: 5 })
  for (const [at, entry] of entries.entries()) {
    const again = await planReplay(plan, name, entry, settled[at] as (typeof settled)[0], 'kept')
    assert.deepEqual([again.end, again.differences], ['delivered', []])
    const sent = again.effects.at(-1)?.request as Note | undefined
    assert.equal(sent?.to, post.written.find(({ data }) => data.id === `n${at}`)?.data.to)
  }
  assert.equal(asked.length, 2)
})

test('a miss that parks names the lookup, and finds what was added when it is retried', async () => {
  const { partners, channel, systems } = directory({})
  const post = await startPost({
    systems,
    build: start =>
      start
        .key(({ id }) => id)
        .lookup('partner', channel, ({ to }) => ({ to }), { cache: '10m', miss: 'park' })
        .map(Named, { id: ({ id }) => id, to: named, n: ({ n }) => n })
        .to({ ...box, model: Named }),
  })
  await post.intake.accept([note('a', 'carl')])
  await until(
    async () => (await post.store.read.unfinished({ flow: 'posting', limit: 5 }))[0]?.status === 'parked',
  )
  const [row] = await post.store.read.unfinished({ flow: 'posting', limit: 5 })
  assert.deepEqual([row?.error?.code, row?.error?.step], ['MAP-VALUE', 'partner'])
  partners.carl = 'Carl'
  await post.engine
    .runner('posting')
    ?.resume({ ...(row as NonNullable<typeof row>), status: 'retrying', due: 0 })
  await until(() => post.written.length === 1)
  assert.equal(post.written[0]?.data.to, 'Carl')
  await post.engine.stop()
})
