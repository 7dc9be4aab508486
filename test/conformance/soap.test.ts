import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import { describeRequester, type RequesterFixture } from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { documentOperation, wsdlOf } from '../integration/contract-texts.ts'
import { contextOf } from '../integration/http-harness.ts'
import type { HttpTarget } from '../integration/http-target.ts'
import { troubles } from '../integration/http-target.ts'
import { requesterOf, sinkOf, soapShop } from '../integration/soap-harness.ts'
import { fault, type Methods, startSoapServer, troubled } from '../integration/soap-server.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
/** Bytes of an answer. */
const limit = 2 ** 22
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

const [add, get, has] = ['AddRow', 'GetRow', 'HasRow'].map(name => documentOperation(name))
const element = (name: string, fields: Record<string, string>) =>
  `<xs:element name="${name}"><xs:complexType><xs:sequence>${Object.entries(fields)
    .map(([field, type]) => `<xs:element name="${field}" type="xs:${type}"/>`)
    .join('')}</xs:sequence></xs:complexType></xs:element>`
const types = [
  element('AddRow', { n: 'int', text: 'string', key: 'string' }),
  element('AddRowResponse', {}),
  element('GetRow', { n: 'int', key: 'string' }),
  // A server that garbles writes what it likes; the answer's model is what refuses it.
  element('GetRowResponse', { n: 'string', text: 'string' }),
  element('HasRow', { key: 'string' }),
  element('HasRowResponse', { there: 'boolean' }),
].join('')

const refused = 'refuse me'
let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-soap-'))
})
after(() => rm(folder, { recursive: true, force: true }))

for (const version of ['1.1', '1.2'] as const) {
  const all = [add, get, has].filter(each => each !== undefined)
  const wsdl = wsdlOf({
    types,
    version,
    messages: all.map(each => each.messages).join(''),
    operations: all.map(each => each.operation).join(''),
    bound: all.map(each => each.bound).join(''),
  })

  for (const effect of [idempotent, irreversible])
    describeSink(`SOAP ${version} (${effect.kind})`, () => sinkFixture(effect, false), {
      effect: effect.kind,
    })
  describeSink(`SOAP ${version} (irreversible, with a probe)`, () => sinkFixture(irreversible, true), {
    effect: 'irreversible',
  })
  for (const effect of [read, idempotent])
    describeRequester(`SOAP ${version} (${effect.kind})`, () => requesterFixture(effect), {
      effect: effect.kind,
      unknown: 'refused',
      limit,
    })

  async function sinkFixture(
    effect: typeof idempotent | typeof irreversible,
    canProbe: boolean,
  ): Promise<SinkFixture> {
    const keys = new Set<string>()
    const applied: SuiteRecord[] = []
    const { target, destroy } = await targetOf({
      AddRow({ n, text, key }: { n: number; text: string; key: string }) {
        if (text === refused) fault('soap:Client', 'no such text')
        if (keys.has(key) && effect === idempotent) return {}
        keys.add(key)
        applied.push({ n: Number(n), text: text ?? '' })
        return {}
      },
      HasRow: ({ key }: { key: string }) => ({ there: keys.has(key) }),
    })
    return {
      ...troubles(target),
      destroy,
      refused,
      effects: async () => applied,
      async open() {
        const { connection, owner } = await open(target)
        const options = {
          operation: 'AddRow',
          body: (row: SuiteRecord, { effectKey }: { effectKey: string }) => ({ ...row, key: effectKey }),
          effect,
        }
        const probe = {
          operation: 'HasRow',
          body: (_: SuiteRecord, { effectKey }: { effectKey: string }) => ({ key: effectKey }),
          done: (answer: unknown) => (answer as { there: boolean }).there,
        }
        const channel = canProbe
          ? owner.send('rows', Row, { ...options, probe })
          : owner.send('rows', Row, options)
        return { sink: () => sinkOf(connection, channel), close: () => connection.close() }
      },
    }
  }

  async function requesterFixture(effect: typeof idempotent | typeof read): Promise<RequesterFixture> {
    const texts = new Map<number, string | undefined>()
    const done = new Map<string, number>()
    const { target, destroy } = await targetOf({
      GetRow({ n, key }: { n: number; key: string }) {
        const number = Number(n)
        if (!texts.has(number)) fault('soap:Client', 'not there')
        done.set(key, number)
        const text = texts.get(number)
        return text === undefined ? { n: 'none', text: '' } : { n: String(number), text }
      },
    })
    return {
      ...troubles(target),
      destroy,
      effects: async () => [...done.values()],
      textOf: result => (result as SuiteRecord).text,
      know: async (n, text) => void texts.set(n, text),
      garble: async n => void texts.set(n, undefined),
      async open() {
        const { connection, owner } = await open(target)
        const channel = owner.operation('row', {
          operation: 'GetRow',
          body: ({ n }, { effectKey }) => ({ n, key: effectKey }),
          request: Request,
          response: Row,
          effect,
        })
        return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
      },
    }
  }

  async function targetOf(methods: Methods) {
    const server = await startSoapServer(wsdl, methods)
    const target = await troubled(server.url)
    const destroy = async () => {
      await target.down()
      await server.close()
    }
    return { target, destroy }
  }

  async function open({ url }: HttpTarget) {
    const file = join(folder, `${version}.wsdl`)
    await writeFile(file, wsdl)
    const owner = soapShop({
      wsdl: file,
      url: `${url}/soap`,
      responseLimit: limit,
    })
    return { owner, connection: await owner.connector.connect(contextOf()) }
  }
}
