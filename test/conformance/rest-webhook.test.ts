import { Type } from 'typebox'
import { Pool } from 'undici'
import { json } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import { httpListener, type Listener } from '../../src/server/listener.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { contextOf, shop } from '../integration/http-harness.ts'
import { startSqlProxy } from '../integration/sql-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Number(), text: Type.String() }) })

/** Bytes of a request. */
const limit = 8 * 2 ** 20
/** Requests that the caller has open at a time. */
const callers = 16

describeSource('http webhook', fixture, {
  ordered: false,
  identified: true,
  resumable: false,
  readAhead: callers,
  unreadable: 'refused',
  tooLong: 'refused',
})

async function fixture(): Promise<SourceFixture> {
  const codec = json()
  const owner = shop({})
  const channel = owner.webhook('rows', Row, {
    verify: 'unsigned',
    id: row => String(row.n),
    validate: true,
    limit,
  })
  let first: Listener | undefined = await httpListener({ port: 0 })
  const { port } = new URL(first.url)
  const lives = new Set([first])
  const proxy = await startSqlProxy(first.url)
  const acknowledged: number[] = []
  const sent: SuiteRecord[] = []
  const pool = () => new Pool(new URL(proxy.url).origin, { connections: callers })

  /** Until it is answered well, or refused for good. */
  const send = async (to: Pool, body: Uint8Array): Promise<number> => {
    for (;;) {
      try {
        const answer = await to.request({ method: 'POST', path: '/hooks/shop/rows', body })
        await answer.body.dump()
        if (answer.statusCode < 300 || [400, 413, 422].includes(answer.statusCode)) return answer.statusCode
      } catch {
        // Its process is gone; the next one comes.
      }
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }

  const put = async (records: readonly SuiteRecord[]) => {
    const to = pool()
    const waiting = [...records]
    const caller = async () => {
      for (let record = waiting.shift(); record; record = waiting.shift()) {
        const status = await send(to, codec.encode(record))
        if (status === 202 && !acknowledged.includes(record.n)) acknowledged.push(record.n)
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
    await to.destroy()
  }
  const putBytes = async (bytes: Uint8Array) => {
    const to = pool()
    await send(to, bytes)
    await to.destroy()
  }
  return {
    async put(records) {
      sent.push(...records)
      await put(records)
    },
    // The caller has not heard that it was accepted.
    repeat: () => put(sent),
    disconnect: async () => proxy.cut(),
    putUnreadable: () => putBytes(Buffer.from('{"n": 1, <')),
    putTooLong: () => putBytes(codec.encode({ n: 1, text: 'x'.repeat(limit) })),
    async open() {
      const listener = first ?? (await httpListener({ port: Number(port) }))
      first = undefined
      lives.add(listener)
      const connection = await owner.connector.connect(contextOf({ routes: listener }))
      const end = async () => {
        await listener.close(0)
        await connection.close()
        lives.delete(listener)
      }
      return {
        source: () => (connection.source as NonNullable<typeof connection.source>)(channel),
        close: end,
        kill: end,
      }
    },
    recordOf: ({ body }) => codec.decode(body as Uint8Array) as SuiteRecord,
    acknowledged: async () => acknowledged,
    async destroy() {
      await proxy.close()
      for (const listener of lives) await listener.close(0)
    },
  }
}
