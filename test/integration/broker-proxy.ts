import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface BrokerProxy {
  /** The address of the broker, with the host and port of the proxy. */
  readonly url: string
  /** `down` cuts every connection and refuses new ones; `silent` takes everything and hands on nothing. */
  set(mode: 'open' | 'down' | 'silent'): void
  /** Cuts every connection, and takes new ones. */
  cut(): void
  /** What has this text reaches the broker; when it is answered, the client's connection is cut. */
  loseAnswer(text: string): void
  /** The same, in the midst of the answer. */
  cutAnswer(text: string): void
  /** From now on nothing that the client sends is handed on, if it has these bytes: its connection is cut instead. */
  losing: ((chunk: Buffer) => boolean) | undefined
  /** Connections that are open at this moment. */
  readonly connections: number
  close(): Promise<void>
}

/** Sees what goes through a connection, in both directions. */
export interface Watcher {
  client(chunk: Buffer): void
  server(chunk: Buffer): void
}

/** Stands between a client and a broker. What came while it was silent is handed on when it is open again. */
export async function startBrokerProxy(url: string, watch?: () => Watcher): Promise<BrokerProxy> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let mode: 'open' | 'down' | 'silent' = 'open'
  let armed: { readonly text: string; readonly keep: number } | undefined
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer({ allowHalfOpen: true }, client => {
    if (mode === 'down') return void client.destroy()
    const upstream = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    const watcher = watch?.()
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    const hand = (work: () => void) => (mode === 'silent' ? held.push(work) : work())
    let losing: number | undefined
    client.on('data', chunk => {
      if (proxy.losing?.(chunk)) return void client.destroy()
      if (armed !== undefined && chunk.includes(armed.text)) {
        losing = armed.keep
        armed = undefined
      }
      hand(() => {
        watcher?.client(chunk)
        upstream.write(chunk)
      })
    })
    upstream.on('data', chunk => {
      watcher?.server(chunk)
      if (losing === undefined) return void hand(() => client.write(chunk))
      upstream.removeAllListeners('close').destroy()
      client.end(chunk.subarray(0, losing === 0 ? 0 : Math.max(0, chunk.length - losing)))
    })
    // What one says before it leaves still gets there.
    upstream.on('end', () => client.end())
    client.on('end', () => upstream.end())
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroySoon())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(typeof address === 'object' ? address?.port : '')

  const proxy: BrokerProxy = {
    url: own.href,
    losing: undefined,
    set(next) {
      mode = next
      if (mode === 'down') cut()
      if (mode !== 'silent') for (const work of held.splice(0)) work()
    },
    cut,
    loseAnswer(text) {
      armed = { text, keep: 0 }
    },
    cutAnswer(text) {
      armed = { text, keep: 3 }
    },
    get connections() {
      return sockets.size / 2
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
  return proxy
}
