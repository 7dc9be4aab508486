import { Type } from 'typebox'
import type { ListOptions } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { contextOf, shop } from '../integration/http-harness.ts'
import { ListServer, type Row } from '../integration/rest-lists.ts'

const RowModel = model('Row', {
  version: 1,
  schema: Type.Object({ id: Type.Integer(), text: Type.String(), changed: Type.Integer() }),
})

/** Bytes of an answer. */
const limit = 2 ** 23
const since = { parameter: 'since', time: (row: Row) => row.changed }

const lists: Readonly<Record<string, ListOptions<Row>>> = {
  'whole list': { path: '/whole' },
  'numbered pages': { path: '/pages', records: '/data', pages: { by: 'page', total: '/meta/total' }, since },
  offsets: { path: '/offsets', records: '/items', pages: { by: 'offset', parameter: 'skip' }, since },
  cursor: {
    path: '/cursors',
    records: '/rows',
    pages: { by: 'cursor', parameter: 'after', cursor: '/next~1cursor' },
    since,
  },
  'Link header': { path: '/links', pages: { by: 'link' } },
  'next address': { path: '/nexts', records: '/value', pages: { by: 'next', next: '/next' }, since },
}

for (const [name, options] of Object.entries(lists)) {
  describeSource(
    `rest list (${name})`,
    () => listFixture({ key: row => row.id, every: '10ms', ...options }),
    {
      ordered: true,
      identified: true,
      // What the overlap reads again, or all of it, is handed over again after a stop.
      resumable: false,
      peeks: true,
      readAhead: options.pages ? 100 : 500,
      tooLong: 'failure',
    },
  )
}

async function listFixture(options: ListOptions<Row>): Promise<SourceFixture> {
  const server = new ListServer(100)
  await server.up()
  let tick = Date.now() - 3_600_000
  const put = (records: readonly SuiteRecord[], changed: number) =>
    server.put(...records.map(({ n, text }) => ({ id: n, text, changed })))
  let empty = false
  server.before = (_, response) => {
    if (empty) response.end()
    empty = false
  }
  return {
    async put(records) {
      tick += 1000
      put(records, tick)
    },
    async begin(records) {
      tick += 1000
      const then = tick
      return async () => put(records, then)
    },
    async putTooLong() {
      put([{ n: 1_000_000, text: 'x'.repeat(limit) }], tick)
    },
    async emptyAnswer() {
      empty = true
    },
    disconnect: () => server.disconnect(),
    async open() {
      const owner = shop({ url: server.url, responseLimit: limit })
      const connection = await owner.connector.connect(contextOf({ now: () => Date.now() }))
      const channel = owner.list('rows', RowModel, options)
      return {
        source: () => (connection.source as NonNullable<Connection['source']>)(channel),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf({ data }) {
      const { id, text } = data as Row
      return { n: id, text }
    },
    destroy: () => server.down(),
  }
}
