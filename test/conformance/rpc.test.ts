import { createJSONRPCErrorResponse, JSONRPCServer } from 'json-rpc-2.0'
import { Type } from 'typebox'
import type { RpcChannels } from '../../src/connectors/rpc/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import {
  describeRequester,
  type RequesterFixture,
  type SuiteRequest,
} from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { contextOf } from '../integration/http-harness.ts'
import { HttpTarget, type Reply, troubles } from '../integration/http-target.ts'
import { requesterOf, rpcShop, sinkOf } from '../integration/rpc-harness.ts'
import { answerWith, escaped, faultWith, readCall } from '../integration/xml-rpc-server.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
/** Bytes of an answer. */
const limit = 2 ** 22
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

/** What the target does: `key` is the effect key. An error of this class is answered as one of the protocol. */
interface Shop {
  add(row: SuiteRecord, key: string): null
  has(key: string): boolean
  find(n: number, key: string): { n: unknown; text: string }
}

class Refusal extends Error {}

type Serve = (shop: Shop) => (body: Buffer) => Promise<Reply>

const protocols: Readonly<Record<string, { protocol: 'json' | 'xml'; batch?: number; serve: Serve }>> = {
  'JSON-RPC': { protocol: 'json', serve: serveJson },
  'JSON-RPC in batches': { protocol: 'json', batch: 7, serve: serveJson },
  'XML-RPC': { protocol: 'xml', serve: serveXml },
}

for (const [name, { protocol, batch, serve }] of Object.entries(protocols)) {
  for (const effect of [idempotent, irreversible])
    describeSink(`rpc ${name} (${effect.kind})`, () => sinkFixture(effect), { effect: effect.kind })
  describeSink(`rpc ${name} (irreversible with a probe)`, () => sinkFixture(irreversible, true), {
    effect: 'irreversible',
  })
  for (const effect of [read, idempotent])
    describeRequester(`rpc ${name} (${effect.kind})`, () => requesterFixture(effect), {
      effect: effect.kind,
      unknown: 'refused',
      limit,
    })

  async function sinkFixture(
    effect: typeof idempotent | typeof irreversible,
    asks = false,
  ): Promise<SinkFixture> {
    const rows = new Map<string, SuiteRecord>()
    const applied: SuiteRecord[] = []
    const target = await targetOf({
      ...nothing,
      add(row, key) {
        if (row.text === refused) throw new Refusal('no such text')
        if (rows.has(key) && effect === idempotent) return null
        rows.set(key, row)
        applied.push(row)
        return null
      },
      has: key => rows.has(key),
    })
    return {
      ...troubles(target),
      refused,
      effects: async () => applied,
      async open() {
        const { connection, owner } = await open(target)
        const params = (row: SuiteRecord, { effectKey }: { effectKey: string }) => [row, effectKey]
        const common = { method: 'add', params, batch, effect }
        const probe = {
          method: 'has',
          params: (_: SuiteRecord, { effectKey }: { effectKey: string }) => [effectKey],
          done: (result: unknown) => result === true,
        }
        const channel = asks ? owner.send('rows', Row, { ...common, probe }) : owner.send('rows', Row, common)
        return { sink: () => sinkOf(connection, channel), close: () => connection.close() }
      },
    }
  }

  async function requesterFixture(effect: typeof idempotent | typeof read): Promise<RequesterFixture> {
    const texts = new Map<number, string | undefined>()
    const done = new Map<string, number>()
    const target = await targetOf({
      ...nothing,
      find(n, key) {
        if (!texts.has(n)) throw new Refusal('not there')
        done.set(key, n)
        const text = texts.get(n)
        return text === undefined ? { n: 'none', text: '' } : { n, text }
      },
    })
    return {
      ...troubles(target),
      effects: async () => [...done.values()],
      textOf: result => (result as SuiteRecord).text,
      know: async (n, text) => void texts.set(n, text),
      garble: async n => void texts.set(n, undefined),
      async open() {
        const { connection, owner } = await open(target)
        const params = ({ n }: SuiteRequest, { effectKey }: { effectKey: string }) => [n, effectKey]
        const common = { method: 'find', params, batch, request: Request, response: Row }
        const channel = owner.call('row', { ...common, effect })
        return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
      },
    }
  }

  async function targetOf(shop: Shop): Promise<HttpTarget> {
    const answer = serve(shop)
    const target = new HttpTarget(({ body }) => answer(body))
    await target.up()
    return target
  }

  async function open({ url }: HttpTarget) {
    const owner: RpcChannels & ReturnType<typeof rpcShop> = rpcShop({
      url,
      protocol,
      responseLimit: limit,
    })
    return { owner, connection: await owner.connector.connect(contextOf()) }
  }
}

const refused = 'refuse me'
const nothing: Shop = {
  add: () => null,
  has: () => false,
  find: () => ({ n: 0, text: '' }),
}

function serveJson(shop: Shop) {
  const server = new JSONRPCServer({ errorListener: () => {} })
  server.mapErrorToJSONRPCErrorResponse = (id, error) =>
    createJSONRPCErrorResponse(id, error instanceof Refusal ? 404 : -32603, 'it was refused')
  server.addMethod('add', ([row, key]) => shop.add(row, key))
  server.addMethod('has', ([key]) => shop.has(key))
  server.addMethod('find', ([n, key]) => shop.find(n, key))
  return async (body: Buffer): Promise<Reply> => {
    const answer = await server.receiveJSON(body.toString())
    return { status: 200, body: Buffer.from(answer ? JSON.stringify(answer) : '') }
  }
}

function serveXml(shop: Shop) {
  return async (body: Buffer): Promise<Reply> => {
    const { method, params } = readCall(body)
    const [first, key] = params
    const { n, text } = first?.members ?? {}
    try {
      if (method === 'add') {
        shop.add({ n: Number(n?.text), text: text?.text ?? '' }, key?.text ?? '')
        return { status: 200, body: answerWith('<value><nil/></value>') }
      }
      if (method === 'has') {
        const answer = shop.has(first?.text ?? '') ? 1 : 0
        return { status: 200, body: answerWith(`<value><boolean>${answer}</boolean></value>`) }
      }
      const row = shop.find(Number(first?.text), key?.text ?? '')
      const number = typeof row.n === 'number' ? `<i4>${row.n}</i4>` : 'none'
      const members = `<member><name>n</name><value>${number}</value></member>
        <member><name>text</name><value><string>${escaped(row.text)}</string></value></member>`
      return { status: 200, body: answerWith(`<value><struct>${members}</struct></value>`) }
    } catch (error) {
      if (error instanceof Refusal) return { status: 200, body: faultWith(404, 'it was refused') }
      throw error
    }
  }
}
