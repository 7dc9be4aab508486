import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type CloudEvent, HTTP } from 'cloudevents'
import { Type } from 'typebox'
import { request } from 'undici'
import { parseAllDocuments } from 'yaml'
import { readEvents, writeEvent } from '../../src/message/cloud-event.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import { contextOf, outgoing, shop, startHook, startServer } from './http-harness.ts'

const Issue = model('Issue', {
  version: 2,
  key: 'no',
  schema: Type.Object({ no: Type.String(), qty: Type.Number() }),
})
const issue = { no: 'A1', qty: 2.5 }
const event = (id: string, data: unknown = issue) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: '/line/4',
    type: 'Issue.v2',
    time: '2026-05-04T11:59:00Z',
    data,
  })

async function post(url: string, contentType: string, body: string, headers: Record<string, string> = {}) {
  const answer = await request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': contentType },
    body,
  })
  return { status: answer.statusCode, body: JSON.parse((await answer.body.text()) || 'null') }
}

test('a webhook takes a structured event, whose data are the message', async t => {
  const owner = shop({})
  const channel = owner.webhook('issues', Issue, { verify: 'unsigned', validate: true })
  const { url, intake } = await startHook(t, channel, { owner })
  const answer = await post(url, 'application/cloudevents+json; charset=utf-8', event('7'))
  assert.equal(answer.status, 202)
  const [delivery] = intake.accepted
  assert.deepEqual(
    [delivery?.id, delivery?.time, delivery?.data],
    ['/line/4 7', Date.UTC(2026, 4, 4, 11, 59), issue],
  )
  assert.equal(delivery?.headers?.['ce-type'], 'Issue.v2')
  const broken = await post(url, 'application/cloudevents+json', '{"specversion":"1.0","id":"1"}')
  assert.equal(broken.status, 400)
  const unfit = await post(url, 'application/cloudevents+json', event('8', { no: 1 }))
  assert.equal(unfit.status, 422)
  assert.equal(intake.accepted.length, 1)
})

test('a webhook takes a batch whole or not at all, and answers with a receipt for each', async t => {
  const owner = shop({})
  const channel = owner.webhook('issues', Issue, { verify: 'unsigned', validate: true, id: 'x-request' })
  const { url, intake } = await startHook(t, channel, { owner })
  const type = 'application/cloudevents-batch+json'
  const headers = { 'x-request': 'r1' }
  const answer = await post(url, type, `[${event('1')},${event('2', { no: 'A2', qty: 1 })}]`, headers)
  assert.equal(answer.status, 202)
  assert.deepEqual(
    answer.body.map(({ status }: { status: string }) => status),
    ['accepted', 'accepted'],
  )
  assert.deepEqual(
    intake.accepted.map(({ id }) => id),
    ['r1 /line/4 1', 'r1 /line/4 2'],
  )
  const bad = await post(url, type, `[${event('3')},${event('4', { no: 1 })}]`, headers)
  assert.equal(bad.status, 422)
  assert.equal(intake.accepted.length, 2)
})

for (const mode of ['binary', 'structured'] as const)
  test(`a sink sends a ${mode} event under its effect key, which others can read`, async t => {
    const { url, received } = await startServer(t, (_, response) => response.writeHead(202).end())
    const owner = shop({ url })
    const connection = await owner.connector.connect(contextOf())
    t.after(() => connection.close())
    const channel = owner.send('issues', Issue, {
      method: 'POST',
      path: '/events',
      effect: idempotent,
      event: { mode, source: '/isthmus', subject: ({ no }) => `Werk Süd ${no}` },
    })
    const answers = await connection.sink?.(channel).write([outgoing(issue)], new AbortController().signal)
    assert.deepEqual(answers, [{ ok: true }])
    const [{ headers, body } = { headers: {}, body: '' }] = received
    const read = HTTP.toEvent({ headers, body }) as CloudEvent<typeof issue>
    // Its reader leaves in percent-encoding what the specification wants decoded.
    const subject = decodeURIComponent(read.subject ?? '')
    assert.deepEqual(
      [read.id, read.source, read.type, subject, read.partitionkey, read.data],
      ['effect-1', '/isthmus', 'Issue.v2', 'Werk Süd A1', 'key-1', issue],
    )
  })

const corpus = process.env.ISTHMUS_CORPUS
const skip =
  corpus === undefined &&
  'ISTHMUS_CORPUS is not set: the conformance events of the specification are not read'

test('the conformance events of the specification are read, in both modes', { skip }, () => {
  interface Described {
    readonly ContextAttributes: Record<string, unknown>
    readonly Data?: string
  }
  let read = 0
  for (const file of ['v1.yaml', 'v1_minimum.yaml'])
    for (const document of parseAllDocuments(readFileSync(`${corpus}/cloudevents/${file}`, 'utf8'))) {
      const described = document.toJS() as Described | null
      if (!described?.ContextAttributes) continue
      const { Extensions = {}, datacontenttype, ...rest } = described.ContextAttributes
      const given = { ...rest, ...(Extensions as object), specversion: '1.0' }
      const attributes = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [name, String(value)]),
      )
      const contentType = String(datacontenttype ?? 'application/json')
      const content = { contentType, body: Buffer.from(described.Data ?? '""') }
      for (const mode of ['binary', 'structured'] as const) {
        const written = writeEvent(attributes, content, mode, 'http')
        const [found] = readEvents(written, 'http') ?? []
        const { datacontenttype: _, ...same } = found?.attributes ?? {}
        assert.deepEqual(same, attributes)
        if (!/json/.test(contentType)) assert.deepEqual(Buffer.from(found?.content.body ?? []), content.body)
        read++
      }
    }
  assert.ok(read >= 10, `${read} were read`)
})
