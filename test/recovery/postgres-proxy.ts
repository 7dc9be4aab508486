import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/**
 * What happens to a statement that contains the marker:
 * `lost` it never reaches the server; `torn` only its first half does; `unanswered` the server carries it out and its
 * answer is lost; `late` the client loses its connection, and the statement reaches the server when `release` is called.
 */
export type Accident = 'lost' | 'torn' | 'unanswered' | 'late'

export interface PostgresProxy {
  readonly url: string
  /** Arms one accident. Resolves when it has happened and the client has lost its connection. */
  next(accident: Accident, marker: string): Promise<void>
  /** Whether new connections are let in. */
  open: boolean
  /** Connections of clients that there were at once, at most. */
  most: number
  /** Ends all connections, and lets no others in. */
  cut(): void
  /** Sends on what was held back, and resolves with the server's answer to it. */
  release(): Promise<Buffer>
  close(): Promise<void>
}

/**
 * A TCP proxy before PostgreSQL that breaks connections at chosen instants. `isReady` recognizes the end of an answer;
 * for a server that answers a commit in one piece, whatever comes is it.
 */
export async function startProxy(
  url: string,
  isReady: (answer: Buffer) => boolean = isReadyForQuery,
): Promise<PostgresProxy> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let armed: { accident: Accident; marker: Buffer; done: () => void } | undefined
  let proxy: PostgresProxy | undefined
  let held: { server: Socket; bytes: Buffer } | undefined

  const server = createServer(client => {
    client.on('error', () => undefined)
    clients.add(client)
    client.on('close', () => clients.delete(client))
    if (proxy) proxy.most = Math.max(proxy.most, clients.size)
    if (!proxy?.open) return void client.destroy()
    const upstream = connect(Number(port || 5432), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    let gone = false
    const cut = (done: () => void) => {
      gone = true
      client.destroy()
      done()
    }
    client.on('data', chunk => {
      if (gone) return
      if (armed === undefined || !chunk.includes(armed.marker)) return void upstream.write(chunk)
      const { accident, done } = armed
      armed = undefined
      if (accident === 'late') held = { server: upstream, bytes: chunk }
      if (accident === 'torn') upstream.write(chunk.subarray(0, chunk.length / 2), () => upstream.destroy())
      if (accident === 'lost') upstream.destroy()
      if (accident !== 'unanswered') return cut(done)
      gone = true
      upstream.write(chunk)
      upstream.on('data', answer => {
        if (!isReady(answer)) return
        upstream.destroy()
        cut(done)
      })
    })
    upstream.on('data', chunk => gone || client.write(chunk))
    upstream.on('close', () => client.destroy())
    client.on('close', () => held?.server === upstream || upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(typeof address === 'object' ? address?.port : '')

  proxy = {
    url: own.href,
    open: true,
    most: 0,
    next: (accident, marker) =>
      new Promise(done => {
        armed = { accident, marker: Buffer.from(marker), done }
      }),
    cut() {
      if (proxy) proxy.open = false
      for (const socket of sockets) socket.destroy()
    },
    async release() {
      if (held === undefined) throw new Error('nothing is held back')
      const { server: upstream, bytes } = held
      held = undefined
      const parts: Buffer[] = []
      const answered = new Promise<void>((resolve, reject) => {
        upstream.on('data', part => {
          parts.push(part)
          if (isReady(part)) resolve()
        })
        const gone = () => reject(new Error('the server ended the connection'))
        if (upstream.closed) gone()
        upstream.on('close', gone)
      })
      upstream.write(bytes)
      await answered
      upstream.destroy()
      return Buffer.concat(parts)
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
  return proxy
}

/** ReadyForQuery, which follows a commit, ends the answer. */
const isReadyForQuery = (answer: Buffer): boolean =>
  answer.subarray(-6).equals(Buffer.from('Z\0\0\0\x05I', 'latin1'))
