import { Type } from 'typebox'
import { filter, type OdataChannels } from '../../src/connectors/odata/index.ts'
import { model } from '../../src/model/model.ts'
import type { RequesterChannel } from '../../src/system/channel.ts'
import { idempotent } from '../../src/system/effect.ts'
import { describeRequester, type RequesterFixture } from '../../src/testing/describe-requester.ts'
import type { SuiteRecord } from '../../src/testing/describe-sink.ts'
import { odataShop, openOdata, requesterOf } from '../integration/odata-harness.ts'
import { Row, troubles, v4Target } from './odata-fixture.ts'

/** Bytes of an answer. */
const limit = 2 ** 22
const Numbered = model('Numbered', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const Text = model('Text', { version: 1, schema: Type.String() })
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
      const { server, proxy } = await v4Target()
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
          const owner = odataShop({ url: proxy.url, version: 'V4', responseLimit: limit })
          const connection = await openOdata(owner)
          return { requester: () => requesterOf(connection, choose(owner)), close: () => connection.close() }
        },
      }
    },
    { effect: once ? 'idempotent' : 'read', unknown: name === 'query' ? 'not tested' : 'refused', limit },
  )
