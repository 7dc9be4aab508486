import type { OdataChannels, OdataOptions } from '../../src/connectors/odata/index.ts'
import type { SinkChannel } from '../../src/system/channel.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { odataShop, openOdata, sinkOf } from '../integration/odata-harness.ts'
import { Row, refused, troubles, v4Target } from './odata-fixture.ts'

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
      const { server, proxy } = await v4Target()
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
