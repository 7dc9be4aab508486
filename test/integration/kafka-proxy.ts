import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Numbers of requests. Source: https://kafka.apache.org/protocol#protocol_api_keys */
export const requests = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  commit: 8,
  coordinator: 10,
  endTransaction: 26,
} as const

export type RequestName = keyof typeof requests

export interface KafkaProxy {
  /** `host:port` for each broker, with commas between. */
  readonly brokers: string
  /** `down` cuts every connection and refuses new ones; `silent` takes everything and hands on nothing. */
  set(mode: 'open' | 'down' | 'silent'): void
  /** Cuts every connection, and takes new ones. */
  cut(): void
  /** The next such request reaches the broker; when it is answered, the client's connection is cut. */
  loseAnswer(name: RequestName): void
  /** The same, in the midst of the answer. */
  cutAnswer(name: RequestName): void
  /** From now on such requests are kept back, until `release`: then they are handed on. */
  holdBack(name: RequestName): void
  release(): void
  /** How many such requests have come. */
  count(name: RequestName): number
  close(): Promise<void>
}

/**
 * Stands between clients and brokers, each at a port of its own. Brokers name one another in their answers; there the
 * ports are replaced by ours. What came while it was silent is handed on when it is open again.
 */
export async function startKafkaProxy(brokers: string): Promise<KafkaProxy> {
  const ports = brokers.split(',').map(each => Number(each.split(':')[1]))
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  const kept: (() => void)[] = []
  const counts = new Map<number, number>()
  const own = new Map<number, number>()
  let mode: 'open' | 'down' | 'silent' = 'open'
  let plan: { readonly request: number; readonly how: 'lose' | 'cut' } | undefined
  let holding: number | undefined
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }

  const servers = await Promise.all(
    ports.map(async port => {
      const server = createServer(client => {
        if (mode === 'down') return void client.destroy()
        const upstream = connect(port, '127.0.0.1')
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on('error', () => undefined)
          socket.on('close', () => sockets.delete(socket))
        }
        const hand = (work: () => void) => (mode === 'silent' ? held.push(work) : work())
        const due = new Map<number, { readonly request: number; readonly how: 'lose' | 'cut' | 'hand' }>()
        byFrame(client, frame => {
          const request = frame.readInt16BE(4)
          counts.set(request, (counts.get(request) ?? 0) + 1)
          const how = plan?.request === request ? plan.how : 'hand'
          if (how !== 'hand') plan = undefined
          due.set(frame.readInt32BE(8), { request, how })
          if (holding === request) kept.push(() => upstream.write(frame))
          else hand(() => upstream.write(frame))
        })
        byFrame(upstream, frame => {
          const { request, how } = due.get(frame.readInt32BE(4)) ?? { request: -1, how: 'hand' }
          due.delete(frame.readInt32BE(4))
          if (how === 'hand') return void hand(() => client.write(withOwnPorts(frame, request, own)))
          upstream.removeAllListeners('close').destroy()
          client.end(how === 'cut' ? frame.subarray(0, frame.length - 5) : '')
        })
        upstream.on('close', () => client.destroy())
        client.on('close', () => upstream.destroy())
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      own.set(port, portOf(server))
      return server
    }),
  )

  return {
    brokers: servers.map(server => `127.0.0.1:${portOf(server)}`).join(','),
    set(next) {
      mode = next
      if (mode === 'down') cut()
      if (mode !== 'silent') for (const work of held.splice(0)) work()
    },
    cut,
    loseAnswer(name) {
      plan = { request: requests[name], how: 'lose' }
    },
    cutAnswer(name) {
      plan = { request: requests[name], how: 'cut' }
    },
    holdBack(name) {
      holding = requests[name]
    },
    release() {
      holding = undefined
      for (const work of kept.splice(0)) work()
    },
    count: name => counts.get(requests[name]) ?? 0,
    async close() {
      for (const server of servers) server.close()
      cut()
      await Promise.all(servers.map(server => once(server, 'close')))
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** Every message of the protocol begins with its length. */
function byFrame(socket: Socket, use: (frame: Buffer) => void): void {
  let chunks: Buffer[] = []
  let size = 0
  socket.on('data', chunk => {
    chunks.push(chunk)
    size += chunk.length
    if (size < 4) return
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    while (rest.length >= 4 && rest.length >= rest.readInt32BE(0) + 4) {
      const length = rest.readInt32BE(0) + 4
      use(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    chunks = [rest]
    size = rest.length
  })
}

const host = Buffer.from('127.0.0.1')

/** In answers that name brokers, a port stands behind its host. */
function withOwnPorts(frame: Buffer, request: number, own: ReadonlyMap<number, number>): Buffer {
  if (request !== requests.metadata && request !== requests.coordinator) return frame
  const answer = Buffer.from(frame)
  for (let at = answer.indexOf(host); at !== -1; at = answer.indexOf(host, at + 1)) {
    const port = own.get(answer.readInt32BE(at + host.length))
    if (port !== undefined) answer.writeInt32BE(port, at + host.length)
  }
  return answer
}
