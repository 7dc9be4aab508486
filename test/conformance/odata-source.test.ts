import type { OdataChannels } from '../../src/connectors/odata/index.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { odataShop, openOdata, sourceOf } from '../integration/odata-harness.ts'
import { Row, v4Target } from './odata-fixture.ts'

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
      const { server, proxy } = await v4Target()
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
