import { after } from 'node:test'
import { Type } from 'typebox'
import { filter, type OdataChannels, type OdataOptions } from '../../src/connectors/odata/index.ts'
import { model } from '../../src/model/model.ts'
import type { RequesterChannel, SinkChannel, SourceChannel } from '../../src/system/channel.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { describeRequester, type RequesterFixture } from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import { odataShop, openOdata, requesterOf, sinkOf, sourceOf } from '../integration/odata-harness.ts'
import {
  type FaultProxy,
  type OdataServer,
  startCap,
  startFaultProxy,
  startV2,
} from '../integration/odata-servers.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const Numbered = model('Numbered', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const Text = model('Text', { version: 1, schema: Type.String() })
const refused = 'refuse me'

let cap: Promise<OdataServer> | undefined
after(async () => (await cap)?.close())

/** The one server, emptied, behind a proxy of its own. */
async function target(): Promise<{ server: OdataServer; proxy: FaultProxy }> {
  cap ??= startCap()
  const server = await cap
  await server.send('POST', 'clear', {})
  return { server, proxy: await startFaultProxy(server.url) }
}

function troubles(proxy: FaultProxy) {
  return {
    up: () => proxy.up(),
    down: () => proxy.down(),
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    loseAnswer: () => proxy.loseAnswer(),
    destroy: () => proxy.close(),
  }
}

type Choice = (owner: OdataChannels) => SinkChannel<SuiteRecord>

const sinks: Readonly<
  Record<
    string,
    { choose: Choice; set: string; options?: Partial<OdataOptions>; effect: 'idempotent' | 'irreversible' }
  >
> = {
  'upserts by PATCH': {
    choose: owner => owner.upsert('rows', Row, { set: 'Rows', effect: idempotent }),
    set: 'Rows',
    effect: 'idempotent',
  },
  'upserts in multipart batches': {
    choose: owner => owner.upsert('rows', Row, { set: 'Rows', effect: idempotent, method: 'PUT', batch: 7 }),
    set: 'Rows',
    effect: 'idempotent',
  },
  'upserts in JSON batches': {
    choose: owner => owner.upsert('rows', Row, { set: 'Rows', effect: idempotent, method: 'PUT', batch: 20 }),
    set: 'Rows',
    options: { batchFormat: 'json' },
    effect: 'idempotent',
  },
  'creates with keys of the service': {
    choose: owner => owner.create('entries', Row, { set: 'Entries', effect: irreversible }),
    set: 'Entries',
    effect: 'irreversible',
  },
  'creates in batches': {
    choose: owner => owner.create('entries', Row, { set: 'Entries', effect: irreversible, batch: 10 }),
    set: 'Entries',
    effect: 'irreversible',
  },
  'creates with keys of ours': {
    choose: owner => owner.create('rows', Row, { set: 'Rows', effect: irreversible, probe: 'key', batch: 5 }),
    set: 'Rows',
    effect: 'irreversible',
  },
}

for (const [name, { choose, set, options, effect }] of Object.entries(sinks))
  describeSink(
    `OData V4 ${name}`,
    async (): Promise<SinkFixture> => {
      const { server, proxy } = await target()
      return {
        ...troubles(proxy),
        refused,
        async effects() {
          const { value } = (await server.send('GET', set)) as { value: SuiteRecord[] }
          return value.map(({ n, text }) => ({ n, text }))
        },
        async open() {
          const owner = odataShop({ url: proxy.url, version: 'V4', ...options })
          const connection = await openOdata(owner)
          return { sink: () => sinkOf(connection, choose(owner)), close: () => connection.close() }
        },
      }
    },
    { effect, longest: 300_000 },
  )

const v2Sinks: Readonly<Record<string, { choose: Choice; effect: 'idempotent' | 'irreversible' }>> = {
  'upserts by MERGE': {
    choose: owner => owner.upsert('rows', Row, { set: 'Rows', effect: idempotent }),
    effect: 'idempotent',
  },
  'creates in batches': {
    choose: owner => owner.create('rows', Row, { set: 'Rows', effect: irreversible, batch: 7 }),
    effect: 'irreversible',
  },
}

for (const [name, { choose, effect }] of Object.entries(v2Sinks))
  describeSink(
    `OData V2 ${name}`,
    async (): Promise<SinkFixture> => {
      const server = await startV2()
      const proxy = await startFaultProxy(server.url)
      return {
        ...troubles(proxy),
        refused,
        async destroy() {
          await proxy.close()
          await server.close()
        },
        async effects() {
          const { d } = (await server.send('GET', 'Rows?$top=100000')) as { d: { results: SuiteRecord[] } }
          return d.results.filter(({ n }) => n > 0).map(({ n, text }) => ({ n, text }))
        },
        async open() {
          const owner = odataShop({ url: proxy.url, version: 'V2' })
          const connection = await openOdata(owner)
          return { sink: () => sinkOf(connection, choose(owner)), close: () => connection.close() }
        },
      }
    },
    { effect, longest: 10_000 },
  )

const Texts = model('Texts', {
  version: 1,
  schema: Type.Array(Type.Object({ n: Type.Integer(), text: Type.String() })),
})

type Asked = (owner: OdataChannels) => RequesterChannel<{ n: number }, unknown>

const requesters: Readonly<
  Record<string, { choose: Asked; textOf: (result: unknown) => unknown; once?: true }>
> = {
  get: {
    choose: owner => owner.get('row', { set: 'Rows', request: Numbered, response: Row }),
    textOf: result => (result as SuiteRecord).text,
  },
  query: {
    choose: owner =>
      owner.query('rows', {
        set: 'Rows',
        request: Numbered,
        response: Texts,
        filter: ({ n }) => filter`n eq ${n}`,
      }),
    textOf: result => (result as SuiteRecord[])[0]?.text,
  },
  'idempotent action': {
    choose: owner =>
      owner.call('count', { operation: 'count', request: Numbered, response: Text, effect: idempotent }),
    textOf: result => result,
    once: true,
  },
}

for (const [name, { choose, textOf, once = false }] of Object.entries(requesters))
  describeRequester(
    `OData V4 ${name}`,
    async (): Promise<RequesterFixture> => {
      const { server, proxy } = await target()
      return {
        ...troubles(proxy),
        textOf: result => String(textOf(result)),
        async know(n, text) {
          await server.send('PUT', `Rows(${n})`, { text })
        },
        ...(once && {
          async effects() {
            const { value } = (await server.send('GET', 'Entries')) as { value: SuiteRecord[] }
            return value.map(({ n }) => n)
          },
        }),
        async garble(n) {
          await server.send('PUT', `Rows(${n})`, { text: null })
        },
        async open() {
          const owner = odataShop({ url: proxy.url, version: 'V4' })
          const connection = await openOdata(owner)
          return { requester: () => requesterOf(connection, choose(owner)), close: () => connection.close() }
        },
      }
    },
    { effect: once ? 'idempotent' : 'read', unknown: name === 'query' ? 'not tested' : 'refused' },
  )

const common = { every: '20ms', pageSize: 100 } as const
const sources: Readonly<Record<string, (owner: OdataChannels) => SourceChannel<SuiteRecord>>> = {
  'whole set by keys': owner => owner.entities('rows', Row, { set: 'Changes', ...common }),
  'whole set by links of the service': owner =>
    owner.entities('rows', Row, { set: 'Pages', paging: 'server', ...common }),
  'changes by time': owner =>
    owner.entities('rows', Row, { set: 'Changes', changed: { field: 'changed', overlap: '5s' }, ...common }),
}

for (const [name, choose] of Object.entries(sources))
  describeSource(
    `OData V4 ${name}`,
    async (): Promise<SourceFixture> => {
      const { server, proxy } = await target()
      return {
        async put(records) {
          await server.send('POST', 'fill', { records })
        },
        recordOf: ({ data }) => data as SuiteRecord,
        destroy: () => proxy.close(),
        async open() {
          const owner = odataShop({ url: proxy.url, version: 'V4' })
          const connection = await openOdata(owner)
          return {
            source: () => sourceOf(connection, choose(owner)),
            close: () => connection.close(),
            kill: () => connection.close(),
          }
        },
      }
    },
    { ordered: true, identified: true, resumable: false, readAhead: 100, longest: 300_000 },
  )
