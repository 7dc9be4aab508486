import type { OdataChannels } from '../../src/connectors/odata/index.ts'
import type { SinkChannel } from '../../src/system/channel.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { odataShop, openOdata, sinkOf } from '../integration/odata-harness.ts'
import { Row, refused, troubles, v2Target } from './odata-fixture.ts'

type Choice = (owner: OdataChannels) => SinkChannel<SuiteRecord>

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
      const { server, proxy } = await v2Target()
      return {
        ...troubles(proxy),
        refused,
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
