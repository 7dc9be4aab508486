import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A way to a PostgreSQL server on which round trips are counted: each Query and each Sync of a client waits for an answer.
 * (The server's own count of transactions has notices that it delivers to listeners in it, which nobody waits for.)
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class CountedWay {
  #count = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(host: string, port: number) {
    this.#server = createServer(client => {
      const server = connect(port, host)
      const frames = new Frames()
      client.on('data', chunk => {
        this.#count += frames.roundTrips(chunk)
      })
      client.pipe(server).pipe(client)
      for (const socket of [client, server]) {
        socket.setNoDelay()
        this.#sockets.add(socket)
        socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
      }
    })
  }

  static async to(url: string): Promise<CountedWay> {
    const { hostname, port } = new URL(url)
    const way = new CountedWay(hostname, Number(port || 5432))
    await once(way.#server.listen(0, '127.0.0.1'), 'listening')
    return way
  }

  get count(): number {
    return this.#count
  }

  /** The URL of the same database over this way. */
  over(url: string): string {
    const counted = new URL(url)
    counted.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return counted.href
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

const query = 'Q'.charCodeAt(0)
const sync = 'S'.charCodeAt(0)

/** The messages that a client sends, cut into chunks as they come. */
class Frames {
  /** Bytes until the next message begins; the first, which has no type, is as long as its first four bytes say. */
  #left = 0
  #begun: Buffer = Buffer.alloc(0)
  #first = true

  roundTrips(chunk: Buffer): number {
    let found = 0
    let rest = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk])
    for (;;) {
      const passed = Math.min(this.#left, rest.length)
      this.#left -= passed
      rest = rest.subarray(passed)
      const typed = this.#first ? 0 : 1
      if (this.#left > 0 || rest.length < typed + 4) break
      if (typed === 1 && (rest[0] === query || rest[0] === sync)) found++
      this.#left = typed + rest.readUInt32BE(typed)
      this.#first = false
    }
    this.#begun = rest
    return found
  }
}
