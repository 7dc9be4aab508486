import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface OdataServer {
  /** The service root. */
  readonly url: string
  /** Sends JSON to a path below the root, without the connector; throws for a bad status. */
  send(method: string, path: string, body?: unknown): Promise<unknown>
  close(): Promise<void>
}

/** SAP CAP with the service of odata-cap/shop.cds, V4, in a process of its own. */
export async function startCap(): Promise<OdataServer> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-cap-'))
  const server = await startChild('odata-cap/serve.mjs', [folder], '/shop')
  const close = async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...server, close }
}

export const v2Metadata = fileURLToPath(new URL('odata-v2/shop.xml', import.meta.url))

/** SAP's mock server of Fiori elements with the V2 service of the metadata, in a process of its own. */
export function startV2(metadata = v2Metadata, kind: 'own' | 'generated' = 'own'): Promise<OdataServer> {
  const root = '/sap/opu/odata/sap/SHOP_SRV'
  return startChild('odata-v2/serve.mjs', [metadata, root, kind], root)
}

async function startChild(script: string, args: string[], root: string): Promise<OdataServer> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child: ChildProcess = fork(path, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  })
  const [port] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${script} did not start`)
    }),
  ])
  const url = `http://127.0.0.1:${port}${root}`
  return {
    url,
    async send(method, path, body) {
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const sent = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
      const answer = await fetch(`${url}/${path}`, sent)
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    async close() {
      if (child.exitCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

export interface FaultProxy {
  readonly url: string
  down(): Promise<void>
  up(): Promise<void>
  stall(): Promise<void>
  resume(): Promise<void>
  /** The next request reaches the server; when it answers, the client's connection is cut. */
  loseAnswer(): Promise<void>
  /** The same, in the midst of the answer. */
  cutAnswer(): Promise<void>
  /** The next request reaches the server, and a good answer with nothing in it comes instead of its own. */
  emptyAnswer(): Promise<void>
  /** Cuts every connection, and takes new ones. */
  disconnect(): Promise<void>
  close(): Promise<void>
}

/** Stands between a client and an HTTP server. What came while it stalled is handed on when it goes on. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port, pathname } = new URL(target)
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let mode: 'open' | 'down' | 'silent' = 'open'
  /** Instead of the next answer, before the connection is closed. */
  let armed: ((answer: Buffer) => Uint8Array | string) | undefined
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer(client => {
    if (mode === 'down') return void client.destroy()
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    let spoil: typeof armed
    const hand = (work: () => void) => (mode === 'silent' ? held.push(work) : work())
    client.on('data', chunk => {
      spoil ??= armed
      armed = undefined
      hand(() => upstream.write(chunk))
    })
    upstream.on('data', chunk => {
      if (!spoil) return void hand(() => client.write(chunk))
      upstream.removeAllListeners('close').destroy()
      client.end(spoil(chunk))
    })
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const own = typeof address === 'object' ? address?.port : ''
  return {
    url: `http://127.0.0.1:${own}${pathname}`,
    async down() {
      mode = 'down'
      cut()
    },
    async up() {
      mode = 'open'
    },
    async stall() {
      mode = 'silent'
    },
    async resume() {
      if (mode === 'silent') mode = 'open'
      for (const work of held.splice(0)) work()
    },
    async loseAnswer() {
      armed = () => ''
    },
    async cutAnswer() {
      armed = answer => answer.subarray(0, answer.length - 5)
    },
    async emptyAnswer() {
      armed = () => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
    },
    async disconnect() {
      cut()
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}
