import { Type } from 'typebox'
import { json, type RestChannels, xml } from '../../src/connectors/rest/index.ts'
import type { Codec } from '../../src/message/codec/codec.ts'
import { model } from '../../src/model/model.ts'
import type { RequesterChannel, SinkChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import {
  describeRequester,
  type RequesterFixture,
  type SuiteRequest,
} from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { contextOf, shop } from '../integration/http-harness.ts'
import { HttpTarget, type Reply, troubles } from '../integration/http-target.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
/** Bytes of an answer. */
const limit = 2 ** 22
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

const codecs: Readonly<Record<string, Codec>> = {
  JSON: json(),
  XML: xml({ root: 'Row', schema: Row.jsonSchema }),
}

for (const [name, codec] of Object.entries(codecs)) {
  const post = { method: 'POST', path: '/rows', codec } as const
  describeSink(
    `http (${name}, idempotent)`,
    () => sinkFixture(codec, target => target.send('rows', Row, { ...post, effect: idempotent })),
    { effect: 'idempotent' },
  )
  const probe = { path: ({ data }: { data: SuiteRecord }) => `/rows/${data.n}` }
  describeSink(
    `http (${name}, irreversible with a probe)`,
    () => sinkFixture(codec, target => target.send('rows', Row, { ...post, effect: irreversible, probe })),
    { effect: 'irreversible' },
  )
  const common = { request: Request, response: Row, codec: json(), responseCodec: codec }
  describeRequester(
    `http (${name}, reading)`,
    () =>
      requesterFixture(codec, target =>
        target.operation('row', { ...common, method: 'GET', path: ({ n }) => `/rows/${n}`, effect: read }),
      ),
    { effect: 'read', unknown: 'refused', limit },
  )
  describeRequester(
    `http (${name}, idempotent)`,
    () =>
      requesterFixture(codec, target =>
        target.operation('row', { ...common, method: 'POST', path: '/rows/find', effect: idempotent }),
      ),
    { effect: 'idempotent', unknown: 'refused', limit },
  )
}

const refused = 'refuse me'

async function sinkFixture(
  codec: Codec,
  channelOf: (target: RestChannels) => SinkChannel<SuiteRecord>,
): Promise<SinkFixture> {
  const rows: SuiteRecord[] = []
  const target = new HttpTarget(({ method, path, body }): Reply => {
    if (method === 'GET') return { status: rows.some(({ n }) => path === `/rows/${n}`) ? 200 : 404 }
    const row = codec.decode(body) as SuiteRecord
    if (row.text === refused) return { status: 422 }
    return { status: 201, apply: () => void rows.push(row) }
  })
  await target.up()
  return {
    ...troubles(target),
    refused,
    effects: async () => rows,
    async open() {
      const { connection, owner } = await connect(target)
      return {
        sink: () => (connection.sink as NonNullable<Connection['sink']>)(channelOf(owner)),
        close: () => connection.close(),
      }
    },
  }
}

async function requesterFixture(
  codec: Codec,
  channelOf: (target: RestChannels) => RequesterChannel<SuiteRequest, SuiteRecord>,
): Promise<RequesterFixture> {
  const answers = new Map<number, Uint8Array>()
  const done: number[] = []
  const target = new HttpTarget(({ method, path, body }): Reply => {
    const asks = method === 'GET'
    const n = asks ? Number(path.split('/').at(-1)) : (json().decode(body) as SuiteRequest).n
    const answer = answers.get(n)
    if (!answer) return { status: 404 }
    return { status: 200, body: answer, apply: asks ? undefined : () => void done.push(n) }
  })
  await target.up()
  return {
    ...troubles(target),
    effects: async () => done,
    textOf: result => (result as SuiteRecord).text,
    async know(n, text) {
      answers.set(n, codec.encode({ n, text }))
    },
    async garble(n) {
      answers.set(n, codec.encode({ n: 'none' }))
    },
    async open() {
      const { connection, owner } = await connect(target)
      return {
        requester: () => (connection.requester as NonNullable<Connection['requester']>)(channelOf(owner)),
        close: () => connection.close(),
      }
    },
  }
}

async function connect({ url }: HttpTarget) {
  const owner = shop({ url, responseLimit: limit })
  return { owner, connection: await owner.connector.connect(contextOf()) }
}
