import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** `down` cuts every connection and refuses new ones; `silent` takes everything and hands on nothing. */
  set(mode: 'open' | 'down' | 'silent'): void
  /** Cuts every connection, and takes new ones. */
  cut(): void
  /** Cuts every connection once when the server has sent so many more bytes, to all of them together. */
  cutAfter(bytes: number): void
  /** Acts once when the server has sent so many more bytes, all of which are handed on. */
  actAfter(bytes: number, act: () => void): void
  /** Cuts every connection once, in place of handing on the answer before which this became true; or after a part of it. */
  cutWhen(happened: () => boolean, part?: number): void
  close(): Promise<void>
}

/**
 * Stands between a client and a server that is at the same ports of 127.0.0.1: the one it is called by, and those that
 * are opened for data. `host` is another address of this machine, unless there is only one port.
 */
export async function startTcpProxy(
  upstream: number,
  { host = '127.0.0.1', data = [] }: { host?: string; data?: readonly number[] } = {},
): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let mode: 'open' | 'down' | 'silent' = 'open'
  let left = Number.POSITIVE_INFINITY
  let happened: (() => boolean) | undefined
  let part = 0
  let isCutting = false
  let awaited: { left: number; act(): void } | undefined
  const cut = () => {
    held.length = 0
    isCutting = false
    for (const socket of sockets) socket.destroy()
  }
  const hand = (work: () => void) => void (mode === 'silent' ? held.push(work) : work())

  const relay = (target: number) =>
    createServer(client => {
      if (mode === 'down') return void client.destroy()
      const server = connect(target, '127.0.0.1')
      for (const [socket, other] of [
        [client, server],
        [server, client],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('end', () => isCutting || hand(() => other.end()))
        socket.on('close', () => {
          sockets.delete(socket)
          hand(() => other.destroy())
        })
      }
      client.on('data', chunk => hand(() => server.write(chunk)))
      server.on('data', chunk => {
        // Nothing may follow what was not handed on: no network leaves a gap in a stream.
        if (isCutting) return
        if (awaited !== undefined) {
          awaited.left -= chunk.length
          if (awaited.left <= 0) {
            setImmediate(awaited.act)
            awaited = undefined
          }
        }
        left -= chunk.length
        if (left > 0 && !happened?.()) return hand(() => client.write(chunk))
        if (happened && part > 0) client.write(chunk.subarray(0, part))
        left = Number.POSITIVE_INFINITY
        happened = undefined
        isCutting = true
        setImmediate(cut)
      })
    })

  const main = relay(upstream).listen(data.length > 0 ? upstream : 0, host)
  const servers = [main, ...data.map(port => relay(port).listen(port, host))]
  await Promise.all(servers.map(server => once(server, 'listening')))
  const address = main.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    set(next) {
      mode = next
      if (mode === 'down') cut()
      if (mode !== 'silent') for (const work of held.splice(0)) work()
    },
    cut,
    cutAfter: bytes => {
      left = bytes
    },
    actAfter: (bytes, act) => {
      awaited = { left: bytes, act }
    },
    cutWhen(when, bytes = 0) {
      happened = when
      part = bytes
    },
    async close() {
      for (const server of servers) server.close()
      cut()
      await Promise.all(servers.map(server => server.listening && once(server, 'close')))
    },
  }
}
