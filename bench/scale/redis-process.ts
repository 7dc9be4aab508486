import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** The number of the process of a Redis on this machine, as it says itself. */
export async function redisProcess(url: string): Promise<number> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write('INFO server\r\nQUIT\r\n')
  return Number(/process_id:(\d+)/.exec(await text(socket))?.[1])
}
