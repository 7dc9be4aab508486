import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

export interface SrvRecord {
  readonly priority: number
  readonly port: number
  readonly target: string
}

/** A DNS server on this machine that knows the SRV records of one name; what it knows may change while it runs. Source: RFC 1035, RFC 2782. */
export async function startDns(t: TestContext, records: { current: readonly SrvRecord[] }): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5
    const question = query.subarray(12, end)
    const answers = records.current.map(record => answerOf(record))
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(answers.length, 6)
    socket.send(Buffer.concat([head, question, ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => void socket.close())
  return `127.0.0.1:${socket.address().port}`
}

function answerOf({ priority, port, target }: SrvRecord): Buffer {
  const name = Buffer.concat([
    ...target.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])
  const fixed = Buffer.alloc(18)
  fixed.writeUInt16BE(0xc00c, 0) // the name of the question
  fixed.writeUInt16BE(33, 2)
  fixed.writeUInt16BE(1, 4)
  fixed.writeUInt32BE(1, 6)
  fixed.writeUInt16BE(6 + name.length, 10)
  fixed.writeUInt16BE(priority, 12)
  fixed.writeUInt16BE(1, 14)
  fixed.writeUInt16BE(port, 16)
  return Buffer.concat([fixed, name])
}
