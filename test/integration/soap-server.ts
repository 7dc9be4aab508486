import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type IServerOptions, listen, type Server } from 'soap'
import { HttpTarget } from './http-target.ts'

/** Throws what the server answers as a fault. */
export function fault(code: string, text: string, detail?: unknown, statusCode?: number): never {
  throw { Fault: { faultcode: code, faultstring: text, detail, statusCode } }
}

/** The same of SOAP 1.2. */
export function fault12(code: string, subcode: string | undefined, text: string): never {
  throw { Fault: { Code: { Value: code, Subcode: subcode && { Value: subcode } }, Reason: { Text: text } } }
}

export type Methods = Readonly<Record<string, (args: never, callback: unknown, headers: never) => unknown>>

/** A server of the npm package `soap`, made by other people than ours: the service OrderService at the port P. */
export async function startSoapServer(
  xml: string,
  methods: Methods,
  options: Partial<IServerOptions> & { readonly setUp?: (server: Server) => void } = {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { setUp, ...more } = options
  const server = createServer((_, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const services = { OrderService: { P: methods as never } }
  const made = listen(server, {
    path: '/soap',
    services,
    xml,
    suppressStack: true,
    preserveWhitespace: true,
    ...more,
  } as IServerOptions)
  setUp?.(made)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Stands before a server, and can be troubled. What it is asked, it asks the server. */
export async function troubled(origin: string): Promise<HttpTarget> {
  const target = new HttpTarget(async ({ method, path, headers, body }) => {
    const { 'content-type': type = '', soapaction = '' } = headers
    const answer = await fetch(new URL(path, origin), {
      method,
      headers: { 'content-type': type, ...(soapaction !== '' && { soapaction: String(soapaction) }) },
      ...(method === 'POST' && { body }),
    })
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) }
  })
  await target.up()
  return target
}
