import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Type } from 'typebox'
import { type SoapChannels, type SoapOptions, soap } from '../../src/connectors/soap/index.ts'
import { readElements, type XmlElement } from '../../src/message/codec/xml-elements.ts'
import { model } from '../../src/model/model.ts'
import type { RequesterChannel, SinkChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Answer, Outgoing, Requester, Sink } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { contextOf } from './http-harness.ts'
import { patientHttp } from './patience.ts'

/** A model that takes anything. */
export const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

export function soapShop(options: SoapOptions): System & SoapChannels {
  return system('shop', { kind: 'erp', connector: soap({ ...patientHttp, ...options }) })
}

/** A folder that ends with the test. */
export async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-soap-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

/** A connection that ends with the test; `wsdl` is the text of the WSDL. */
export async function connected(
  t: TestContext,
  { wsdl, ...options }: SoapOptions,
  secrets: Record<string, string> = {},
) {
  const folder = await folderOf(t, { 'a.wsdl': wsdl })
  return open(t, { ...options, wsdl: join(folder, 'a.wsdl') }, secrets)
}

/** The same, with the file of the WSDL. */
export async function open(t: TestContext, options: SoapOptions, secrets: Record<string, string> = {}) {
  const owner = soapShop(options)
  const connection = await owner.connector.connect(contextOf({ secrets }))
  t.after(() => connection.close())
  return { owner, connection }
}

export function requesterOf<I, O>(connection: Connection, channel: RequesterChannel<I, O>): Requester {
  if (!connection.requester) throw new Error('no requesters')
  return connection.requester(channel as unknown as RequesterChannel<unknown, unknown>)
}

export function sinkOf<T>(connection: Connection, channel: SinkChannel<T>): Sink {
  if (!connection.sink) throw new Error('no sinks')
  return connection.sink(channel as unknown as SinkChannel<unknown>)
}

export function itemOf(data: unknown, effectKey = 'k1'): Outgoing {
  return { data, effectKey, key: 'k', messageId: 'm', attempt: 1 }
}

/** The answer to one message. */
export async function ask<I, O>(
  connection: Connection,
  channel: RequesterChannel<I, O>,
  data: unknown,
): Promise<Answer<unknown>> {
  const [answer] = await requesterOf(connection, channel).ask([itemOf(data)], new AbortController().signal)
  if (!answer) throw new Error('no answer')
  return answer
}

/** One text per document, whatever its prefixes are called: names, attributes in order, text without space around it. */
export function canonical(document: string): string {
  return written(readElements(Buffer.from(document.trim())))
}

function written(element: XmlElement): string {
  const attributes = element.attributes
    .map(
      ({ namespace, name, value }) =>
        `{${namespace}}${name}=${name === 'type' ? value.replace(/^.*:/, '') : value}`,
    )
    .sort()
  const text = element.text.trim()
  return `<{${element.namespace}}${element.name} ${attributes.join(' ')}>${text}${element.children.map(written).join('')}</>`
}
