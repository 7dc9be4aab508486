import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { rest } from '../../src/connectors/rest/index.ts'
import { flow, idempotent, landscape, model, system, Type, topic } from '../../src/index.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { until } from '../control/control-scene.ts'
import { type CollectedSpan, type Collector, collector } from './collector.ts'

const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String() }),
})

interface Target {
  readonly url: string
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  status: number
}

async function target(t: TestContext): Promise<Target> {
  const made: { url: string; requests: Target['requests']; status: number } = {
    url: '',
    requests: [],
    status: 200,
  }
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    made.requests.push({ path: request.url ?? '', headers: request.headers })
    response.writeHead(made.status, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return made
}

/** Over HTTP in, through a topic in the store, and over HTTP out. */
function orders(url: string) {
  const shop = system('shop', { kind: 'other', connector: rest({ url }), allow: ['loopback'] })
  const erp = system('erp', { kind: 'erp', connector: rest({ url }), allow: ['loopback'] })
  const placed = topic('placed', Order)
  const hook = shop.webhook('orders', Order, { path: '/orders', verify: 'unsigned' })
  const book = erp.send('book', Order, { effect: idempotent, method: 'POST', path: '/book' })
  return landscape({
    name: 'traced',
    systems: [shop, erp],
    flows: [
      flow('take').from(hook).to(placed),
      flow('book')
        .from(placed)
        .to(book, order => order, { retry: { first: '50ms', longest: '50ms' } }),
    ],
  })
}

async function running(t: TestContext, url: string, environment: Record<string, string>, data?: string) {
  const folder = data ?? mkdtempSync(join(tmpdir(), 'isthmus-tracing-'))
  const instance = await startInstance({
    landscape: orders(url),
    data: folder,
    port: 0,
    environment,
    log: () => {},
  })
  t.after(async () => {
    await instance.stop(1000)
    if (!data) rmSync(folder, { recursive: true, force: true })
  })
  return instance
}

const send = (instance: Instance, no: string, headers: Record<string, string> = {}) =>
  fetch(`${instance.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ no }),
  })

const settings = ({ url }: Collector, more: Record<string, string> = {}) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_BSP_SCHEDULE_DELAY: '20',
  OTEL_EXPORTER_OTLP_TIMEOUT: '30000',
  ...more,
})

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = `00-${trace}-00f067aa0ba902b7-01`
const outcomes = (spans: readonly CollectedSpan[]) =>
  spans.filter(({ name }) => name === 'run book').map(({ attributes }) => attributes['isthmus.outcome'])

/** From the first to the last, by their parents. */
function chain(spans: readonly CollectedSpan[], last: string): string[] {
  const names: string[] = []
  let span = spans.find(({ name }) => name === last)
  while (span) {
    names.unshift(span.name)
    const { parentId } = span
    span = spans.find(({ spanId }) => spanId === parentId)
  }
  return names
}

test('a message is one trace over its hops, from who sent it to who gets it', async t => {
  const to = await target(t)
  const seen = await collector(t)
  const instance = await running(
    t,
    to.url,
    settings(seen, { OTEL_SERVICE_NAME: 'plant', OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b' }),
  )
  await send(instance, '1', { traceparent: parent, tracestate: 'vendor=1' })
  const hops = [
    'accept shop.orders',
    'run take',
    'call topics.placed',
    'accept topics.placed',
    'run book',
    'settle book',
  ]
  await until(() => [...hops, 'call erp.book'].every(hop => seen.spans.some(({ name }) => name === hop)))
  assert.deepEqual(chain(seen.spans, 'settle book'), hops)
  const [called] = seen.spans.filter(({ name }) => name === 'call erp.book')
  assert.deepEqual(to.requests[0]?.headers.traceparent, `00-${trace}-${called?.spanId}-01`)
  assert.equal(to.requests[0]?.headers.tracestate, 'vendor=1')
  const [accepted] = seen.spans.filter(({ name }) => name === 'accept shop.orders')
  assert.equal(accepted?.parentId, '00f067aa0ba902b7')
  for (const span of seen.spans) {
    assert.equal(span.traceId, trace)
    assert.equal(span.traceState, 'vendor=1')
    assert.ok(span.end >= span.begin)
    assert.equal(span.resource['service.name'], 'plant')
    assert.equal(span.failed, false)
  }
  assert.equal(seen.headers[0]?.['x-key'], 'a b')
  assert.deepEqual(called?.attributes, {
    'isthmus.step': 'erp.book',
    'isthmus.channel': 'erp.book',
    'isthmus.system': 'erp',
  })
})

test('an attempt that fails is a span with its code, and the next is in the same trace, in the next process too', async t => {
  const to = await target(t)
  const seen = await collector(t)
  const data = mkdtempSync(join(tmpdir(), 'isthmus-tracing-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  to.status = 503
  const first = await running(t, to.url, settings(seen), data)
  await send(first, '1', { traceparent: parent })
  await until(() => seen.spans.some(({ name, failed }) => name === 'run book' && failed))
  await first.stop(0)
  to.status = 200
  const second = await running(t, to.url, settings(seen), data)
  await until(() => outcomes(seen.spans).includes('delivered'))
  // Before its folder goes.
  await second.stop(1000)
  const runs = seen.spans.filter(({ name }) => name === 'run book')
  assert.ok(
    runs.some(({ failed, attributes }) => failed && attributes['error.type'] === 'TARGET-UNAVAILABLE'),
  )
  assert.deepEqual(new Set(seen.spans.map(({ traceId }) => traceId)), new Set([trace]))
  const [accepted] = seen.spans.filter(({ name }) => name === 'accept topics.placed')
  assert.deepEqual(new Set(runs.map(({ parentId }) => parentId)), new Set([accepted?.spanId]))
})

test('what its parent does not follow is not followed, and its context goes on all the same', async t => {
  const to = await target(t)
  const seen = await collector(t)
  const instance = await running(t, to.url, settings(seen))
  await send(instance, '1', { traceparent: `00-${trace}-00f067aa0ba902b7-00` })
  await send(instance, '2')
  await until(() => to.requests.length === 2 && outcomes(seen.spans).length === 1)
  const [unfollowed] = to.requests.filter(({ headers }) => headers.traceparent?.includes(trace))
  assert.match(String(unfollowed?.headers.traceparent), new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`))
  assert.ok(seen.spans.every(({ traceId }) => traceId !== trace))
})

test('off, contexts go through as they came, and nothing is made', async t => {
  const to = await target(t)
  const instance = await running(t, to.url, {})
  await send(instance, '1', { traceparent: parent, tracestate: 'vendor=1' })
  await send(instance, '2')
  await send(instance, '3', { traceparent: '00-nonsense' })
  await until(() => to.requests.length === 3)
  const [given, ...others] = to.requests
    .map(({ headers }) => headers.traceparent)
    .sort()
    .reverse()
  assert.equal(given, undefined)
  assert.deepEqual(
    others.filter(each => each !== undefined),
    [parent],
  )
  assert.doesNotMatch(await (await metrics(instance)).text(), /isthmus_trace_spans/)
})

test('a collector that does not answer costs spans and no message, and they are counted', async t => {
  const to = await target(t)
  const seen = await collector(t)
  seen.failWith = 400
  const small = { OTEL_BSP_MAX_QUEUE_SIZE: '4', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4' }
  const instance = await running(t, to.url, settings(seen, small))
  await Promise.all(Array.from({ length: 20 }, (_, n) => send(instance, String(n))))
  await until(() => to.requests.length === 20)
  await until(async () => {
    const text = await (await metrics(instance)).text()
    return ['failed', 'dropped'].every(each => text.match(`spans_total\\{result="${each}"\\} [1-9]`))
  })
  assert.ok((await instance.operations.balance()).balanced)
})

test('settings that make no sense are refused at the start', async t => {
  const to = await target(t)
  const wrong: Record<string, string>[] = [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: to.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: to.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '7',
    },
  ]
  for (const environment of wrong)
    await assert.rejects(running(t, to.url, environment), { code: 'CONFIG-INVALID' })
})

function metrics({ control }: Instance): Promise<Response> {
  return fetch(`${control.url}/metrics`, { headers: { authorization: `Bearer ${control.token}` } })
}
