import type { OdataChannels } from '../../src/connectors/odata/index.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { odataShop, openOdata, sourceOf } from '../integration/odata-harness.ts'
import { type FaultProxy, startFaultProxy } from '../integration/odata-servers.ts'
import { DeltaServer } from './odata-delta-server.ts'
import { Row, v4Target } from './odata-fixture.ts'

/** Bytes of an answer. */
const limit = 2 ** 22
const common = { every: '20ms', pageSize: 100 } as const
const capabilities = {
  ordered: true,
  identified: true,
  peeks: true,
  resumable: false,
  readAhead: 100,
  longest: 300_000,
  tooLong: 'failure',
} as const

type Declare = (owner: OdataChannels) => SourceChannel<SuiteRecord>

const sources: Readonly<Record<string, Declare>> = {
  'whole set by keys': owner => owner.entities('rows', Row, { set: 'Changes', ...common }),
  'whole set by links of the service': owner =>
    owner.entities('rows', Row, { set: 'Pages', paging: 'server', ...common }),
  'changes by time': owner =>
    owner.entities('rows', Row, { set: 'Changes', changed: { field: 'changed', overlap: '1m' }, ...common }),
}

for (const [name, declare] of Object.entries(sources))
  describeSource(
    `OData V4 ${name}`,
    async () => {
      const { server, proxy } = await v4Target()
      const fill = async (records: readonly SuiteRecord[], changed: string) =>
        void (await server.send('POST', 'fill', { records, changed }))
      const now = () => new Date().toISOString()
      return {
        put: records => fill(records, now()),
        async begin(records) {
          const then = now()
          return () => fill(records, then)
        },
        putTooLong: () => fill([{ n: 1_000_000, text: 'x'.repeat(limit) }], now()),
        ...behind(proxy, declare),
        destroy: () => proxy.close(),
      }
    },
    capabilities,
  )

const removed = () => undefined

describeSource(
  'OData V4 changes by delta link',
  async () => {
    const server = new DeltaServer(100)
    const proxy = await startFaultProxy(await server.up())
    return {
      put: async records => server.put(records),
      losePlace: async () => server.forget(),
      putTooLong: async () => server.put([{ n: 1_000_000, text: 'x'.repeat(limit) }]),
      ...behind(proxy, owner => owner.entities('rows', Row, { set: 'Rows', delta: { removed }, ...common })),
      async destroy() {
        await proxy.close()
        await server.down()
      },
    }
  },
  capabilities,
)

function behind(proxy: FaultProxy, declare: Declare) {
  return {
    recordOf: ({ data }) => data as SuiteRecord,
    disconnect: () => proxy.disconnect(),
    emptyAnswer: () => proxy.emptyAnswer(),
    async open() {
      const owner = odataShop({ url: proxy.url, version: 'V4', responseLimit: limit })
      const connection = await openOdata(owner)
      return {
        source: () => sourceOf(connection, declare(owner)),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
  } satisfies Partial<SourceFixture>
}
