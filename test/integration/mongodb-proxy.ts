import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { BSON, type Document } from 'mongodb'

export interface MongoProxy {
  readonly url: string
  /**
   * `down` cuts every connection and refuses new ones; `silent` takes everything and hands on nothing; `trickling` hands
   * on answers a byte at a time, so slowly that none comes to its end.
   */
  set(mode: Mode): void
  /** Whether a call that has this text came while it was silent, and waits. */
  holds(text: string): boolean
  /** Cuts every connection, and takes new ones. */
  cut(): void
  /** The next call that has this text reaches the server; when it is answered, the client's connection is cut. */
  loseAnswer(text: string): void
  /** The same, in the midst of the answer. */
  cutAnswer(text: string): void
  /** The next call that has this text is answered with this; `reaches` the server first, or does not. */
  answer(text: string, document: Document, reaches?: 'reaches' | 'kept back'): void
  close(): Promise<void>
}

type Mode = 'open' | 'down' | 'silent' | 'trickling'

/** What becomes of the answer to a call: it goes to the client, is lost or cut off, or is replaced. */
type Plan = { readonly text: string; readonly reaches: boolean; readonly answer: Document | 'lost' | 'cut' }

/** Stands between a client and MongoDB. What came while it was silent is handed on when it is open again. */
export async function startMongoProxy(url: string): Promise<MongoProxy> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const held: { readonly message: Buffer; readonly work: () => void }[] = []
  let mode: Mode = 'open'
  let plan: Plan | undefined
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer(client => {
    if (mode === 'down') return void client.destroy()
    const upstream = connect(Number(port || 27017), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    const hand = (message: Buffer, work: () => void) =>
      mode === 'silent' ? held.push({ message, work }) : work()
    let due: { readonly plan: Plan; readonly call: Buffer } | undefined
    byMessage(client, call => {
      if (plan === undefined || !call.includes(plan.text)) return void hand(call, () => upstream.write(call))
      const current = plan
      plan = undefined
      if (current.reaches) {
        due = { plan: current, call }
        upstream.write(call)
      } else client.write(answerTo(call, current.answer as Document))
    })
    byMessage(upstream, answer => {
      if (mode === 'trickling') return trickle(answer, client)
      if (due === undefined) return void hand(answer, () => client.write(answer))
      const { call, plan } = due
      due = undefined
      if (typeof plan.answer === 'object') return void client.write(answerTo(call, plan.answer))
      upstream.removeAllListeners('close').destroy()
      client.end(plan.answer === 'cut' ? answer.subarray(0, answer.length - 5) : '')
    })
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(typeof address === 'object' ? address?.port : '')

  return {
    url: own.href,
    set(next) {
      mode = next
      if (mode === 'down') cut()
      if (mode !== 'silent') for (const { work } of held.splice(0)) work()
    },
    holds: text => held.some(({ message }) => message.includes(text)),
    cut,
    loseAnswer(text) {
      plan = { text, reaches: true, answer: 'lost' }
    },
    cutAnswer(text) {
      plan = { text, reaches: true, answer: 'cut' }
    },
    answer(text, document, reaches = 'kept back') {
      plan = { text, reaches: reaches === 'reaches', answer: document }
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}

function trickle(message: Buffer, to: Socket): void {
  let sent = 0
  const timer = setInterval(() => to.write(message.subarray(sent, ++sent)), 200)
  to.on('close', () => clearInterval(timer))
}

/** Every message of the protocol begins with its length. */
function byMessage(socket: Socket, use: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0)
      use(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  })
}

/** OP_MSG with one section, in answer to the call. */
function answerTo(call: Buffer, document: Document): Buffer {
  const body = BSON.serialize(document)
  const head = Buffer.alloc(21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(1, 4)
  head.writeInt32LE(call.readInt32LE(4), 8)
  head.writeInt32LE(2013, 12)
  return Buffer.concat([head, body])
}
