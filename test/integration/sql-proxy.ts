import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface SqlProxy {
  readonly url: string
  /** `down` cuts every connection and refuses new ones; `silent` takes everything and hands on nothing. */
  set(mode: 'open' | 'down' | 'silent'): void
  /** Cuts every connection, and takes new ones. */
  cut(): void
  /** The transaction that has this text reaches the server; when it is answered, the client's connection is cut. */
  loseAnswer(text: string): void
  /** The same, in the midst of the answer. */
  cutAnswer(text: string): void
  /** From now on the server does not hear of it when a client is gone, as when a network is cut. */
  keepHalfOpen(): void
  close(): Promise<void>
}

/** Instead of a text: the next statement that MySQL is asked to carry out. */
export const nextExecution = '(execution)'

/**
 * Stands between a client and PostgreSQL, MariaDB or another server, of which every answer ends a transaction. What
 * came while it was silent is handed on when it is open again.
 */
export async function startSqlProxy(url: string): Promise<SqlProxy> {
  const { hostname, port, protocol } = new URL(url)
  const isMysql = protocol === 'mysql:'
  const isPostgres = protocol.startsWith('postgres')
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let mode: 'open' | 'down' | 'silent' = 'open'
  let armed: string | undefined
  let halfOpen = false
  /** Bytes that are missing at the end of the answer that is cut off. */
  let missing = Number.POSITIVE_INFINITY
  const arm = (text: string, left: number) => {
    armed = text
    missing = left
  }
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer(client => {
    if (mode === 'down') return void client.destroy()
    const upstream = connect(Number(port || 5432), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    // The transaction with the armed text is under way; its last statement is.
    let marked = false
    let losing = false
    const hand = (work: () => void) => (mode === 'silent' ? held.push(work) : work())
    client.on('data', chunk => {
      if (armed !== undefined && (armed === nextExecution ? isExecution(chunk) : chunk.includes(armed))) {
        marked = true
        losing = !isMysql || armed === nextExecution
        armed = undefined
      }
      if (marked && isMysql && isCommit(chunk)) losing = true
      hand(() => upstream.write(chunk))
    })
    upstream.on('data', chunk => {
      if (!losing) return void hand(() => client.write(chunk))
      // Within a transaction the client needs the answers to go on.
      if (isPostgres && isWithin(chunk)) return void hand(() => client.write(chunk))
      if (isPostgres && !isIdle(chunk)) return
      upstream.removeAllListeners('close').destroy()
      client.end(chunk.subarray(0, Math.max(0, chunk.length - missing)))
    })
    upstream.on('close', () => client.destroy())
    client.on('close', () => halfOpen || upstream.destroy())
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
      if (mode !== 'silent') for (const work of held.splice(0)) work()
    },
    cut,
    loseAnswer: text => arm(text, Number.POSITIVE_INFINITY),
    cutAnswer: text => arm(text, 3),
    keepHalfOpen() {
      halfOpen = true
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}

/** ReadyForQuery outside a transaction ends the answer to a commit. */
const isIdle = (answer: Buffer): boolean => answer.subarray(-6).equals(Buffer.from('Z\0\0\0\x05I', 'latin1'))
const isWithin = (answer: Buffer): boolean =>
  answer.subarray(-6).equals(Buffer.from('Z\0\0\0\x05T', 'latin1'))

/** A packet has its command after four bytes. Source: MySQL documentation, "Command Phase". */
const isExecution = (packet: Buffer): boolean => packet[4] === 0x17
const isCommit = (packet: Buffer): boolean =>
  packet[4] === 0x03 && /^(xa )?commit/.test(packet.toString('latin1', 5, 20))
