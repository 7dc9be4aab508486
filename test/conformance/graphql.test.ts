import { Type } from 'typebox'
import { type GraphqlChannels, graphql } from '../../src/connectors/graphql/index.ts'
import { model } from '../../src/model/model.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { describeRequester, type RequesterFixture } from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { type Engine, engines, FaultProxy, ShopServer } from '../integration/graphql-shop.ts'
import { patientHttp } from '../integration/patience.ts'
import { requesterOf, sinkOf } from '../integration/rpc-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

const rowFields = 'n text at'
/** Bytes of an answer. */
const limit = 2 ** 22
const connection = /* GraphQL */ `query Rows($first: Int!, $after: String, $since: String) {
  rows(first: $first, after: $after, since: $since) {
    edges { node { ${rowFields} } }
    pageInfo { hasNextPage endCursor }
  }
}`

type Owner = System & GraphqlChannels

for (const engine of engines) {
  describeSink(`GraphQL mutation at ${engine} (idempotent)`, () => sinkFixture(engine, 'addOnce'), {
    effect: 'idempotent',
  })
  describeSink(`GraphQL mutation at ${engine} (irreversible)`, () => sinkFixture(engine, 'add'), {
    effect: 'irreversible',
  })
  describeSink(`GraphQL mutation with a probe at ${engine}`, () => sinkFixture(engine, 'probed'), {
    effect: 'irreversible',
  })
  describeRequester(`GraphQL query at ${engine}`, () => requesterFixture(engine), {
    effect: 'read',
    unknown: 'refused',
    limit,
  })
  const records = { ordered: true, identified: true, resumable: false, readAhead: 100, longest: 200_000 }
  const asked = { ...records, tooLong: 'failure', peeks: true } as const
  describeSource(
    `GraphQL connection at ${engine}`,
    () => sourceFixture(engine, owner => owner.list('rows', Row, { ...changes, id, every: '20ms' })),
    asked,
  )
  describeSource(
    `GraphQL list by offset at ${engine}`,
    () =>
      sourceFixture(engine, owner =>
        owner.list('rows', Row, {
          document: `query ($limit: Int!, $offset: Int!) { pieces(limit: $limit, offset: $offset) { ${rowFields} } }`,
          at: 'pieces',
          paging: 'offset',
          id: ({ n }) => String(n),
          every: '20ms',
        }),
      ),
    asked,
  )
  describeSource(
    `GraphQL subscription with a list at ${engine}`,
    () =>
      sourceFixture(
        engine,
        owner =>
          owner.subscribe('rows', Row, {
            document: `subscription { added { ${rowFields} } }`,
            at: 'added',
            id,
            missed: { ...changes, every: '100ms' },
          }),
        'pushes',
      ),
    { ...records, ordered: false, readAhead: 200 },
  )
}

const id = ({ n }: SuiteRecord) => String(n)

const changes = {
  document: connection,
  at: 'rows',
  changed: (row: object) => (row as { at: string }).at,
}

async function open(engine: Engine) {
  const server = new ShopServer(engine)
  await server.up()
  const proxy = new FaultProxy(() => server.port)
  await proxy.up()
  const connect = async (): Promise<{
    owner: Owner
    connection: Awaited<ReturnType<Owner['connector']['connect']>>
  }> => {
    const owner = system('shop', {
      kind: 'crm',
      connector: graphql({ url: proxy.url, ...patientHttp, responseLimit: limit }),
    })
    return { owner, connection: await owner.connector.connect(connectContext({ system: 'shop' })) }
  }
  const troubles = {
    up: () => proxy.up(),
    down: () => proxy.down(),
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    loseAnswer: () => proxy.loseAnswer(),
    cutAnswer: () => proxy.cutAnswer(),
    emptyAnswer: () => proxy.emptyAnswer(),
    disconnect: async () => proxy.cut(),
    async destroy() {
      await proxy.down()
      await server.down()
    },
  }
  return { server, connect, troubles }
}

async function sinkFixture(engine: Engine, mutation: 'add' | 'addOnce' | 'probed'): Promise<SinkFixture> {
  const { server, connect, troubles } = await open(engine)
  return {
    ...troubles,
    ...(mutation !== 'add' && { refused: 'refuse me' }),
    effects: async () => server.state.rows.map(({ n, text }) => ({ n, text })),
    async open() {
      const { owner, connection } = await connect()
      const keyed = {
        document: `mutation Add($n: Int!, $text: String!, $key: String!) {
          addOnce(n: $n, text: $text, key: $key) { __typename ... on Rejected { message } }
        }`,
        variables: (row: SuiteRecord, { effectKey }: { effectKey: string }) => ({ ...row, key: effectKey }),
        at: 'addOnce',
        failures: { Rejected: 'refused' },
      } as const
      const probe = {
        document: 'query ($key: String!) { has(key: $key) }',
        variables: ({ effectKey }: { effectKey: string }) => ({ key: effectKey }),
        at: 'has',
        done: (answer: unknown) => answer === true,
      }
      const channels = {
        add: () =>
          owner.send('rows', Row, {
            document: 'mutation Add($n: Int!, $text: String!) { add(n: $n, text: $text) { n } }',
            effect: irreversible,
          }),
        addOnce: () => owner.send('rows', Row, { ...keyed, effect: idempotent }),
        probed: () => owner.send('rows', Row, { ...keyed, effect: irreversible, probe }),
      }
      const channel = channels[mutation]()
      return { sink: () => sinkOf(connection, channel as never), close: () => connection.close() }
    },
  }
}

async function requesterFixture(engine: Engine): Promise<RequesterFixture> {
  const { server, connect, troubles } = await open(engine)
  const at = new Date(0).toISOString()
  return {
    ...troubles,
    textOf: result => (result as SuiteRecord).text,
    know: async (n, text) => void server.state.rows.unshift({ n, text, at }),
    garble: async n => void server.state.rows.unshift({ n, text: 'garbled', at }),
    async open() {
      const { owner, connection } = await connect()
      const channel = owner.query('row', {
        document: 'query ($n: Int!) { loose(n: $n) { n text } }',
        at: 'loose',
        request: Request,
        response: model('Loose', {
          version: 1,
          schema: Type.Object({ n: Type.String({ pattern: '^\\d+$' }), text: Type.String() }),
        }),
      })
      return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
    },
  }
}

async function sourceFixture(
  engine: Engine,
  declare: (owner: Owner) => SourceChannel<SuiteRecord>,
  pushes?: 'pushes',
): Promise<SourceFixture> {
  const { server, connect, troubles } = await open(engine)
  let moment = Date.UTC(2026, 4, 4)
  /** Becomes visible later than its time says. */
  const begin = async (records: readonly SuiteRecord[]) => {
    const at = new Date(moment++).toISOString()
    return async () => {
      for (const { n, text } of records) server.state.put({ n, text, at })
    }
  }
  return {
    ...{ begin, disconnect: troubles.disconnect },
    ...(pushes
      ? {
          async repeat() {
            for (const row of server.state.rows) server.state.events.publish('added', row)
          },
        }
      : {
          emptyAnswer: troubles.emptyAnswer,
          putTooLong: async () =>
            void server.state.put({ n: 1e6, text: 'x'.repeat(limit), at: new Date(moment++).toISOString() }),
        }),
    async put(records) {
      const at = new Date(moment++).toISOString()
      for (const { n, text } of records) server.state.put({ n, text, at })
    },
    recordOf: ({ data }) => data as SuiteRecord,
    async open() {
      const { owner, connection } = await connect()
      const channel = declare(owner) as unknown as SourceChannel<unknown>
      return {
        source() {
          if (!connection.source) throw new Error('no sources')
          return connection.source(channel)
        },
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    destroy: troubles.destroy,
  }
}
