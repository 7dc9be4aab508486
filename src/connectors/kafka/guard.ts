import type { Socket } from 'node:net'
import type { ConnectionPool } from '@platformatic/kafka'
import type { ConnectContext } from '../../system/connector.ts'
import { checkAddress } from '../http/address-guard.ts'

/**
 * Lets the connections of a pool reach only addresses at which the system may be. Brokers name one another: what a name
 * means is looked at when it is connected to, before anything is sent. A connection that is refused fails with
 * TARGET-ADDRESS as its cause, which is told to `refused` at once: the client would try again.
 */
export function guardPool(
  pool: ConnectionPool,
  context: ConnectContext,
  refused: (error: unknown) => void = () => undefined,
): void {
  pool.on('connecting', ({ broker, connection }) => {
    // The socket is made in the same turn, and a name is resolved in a later one.
    connection.once('connecting', () =>
      queueMicrotask(() => guardSocket(connection.socket, broker.host, context, refused)),
    )
  })
}

function guardSocket(
  socket: Socket | undefined,
  host: string,
  context: ConnectContext,
  refused: (error: unknown) => void,
): void {
  if (!socket) return
  const check = (address: string) => {
    try {
      checkAddress(address, context)
    } catch (error) {
      socket.destroy(error as Error)
      refused(error)
    }
  }
  check(host)
  // A name that is not known has no address; that it cannot be connected to is told by the client.
  socket.on('lookup', (error, address) => void (error || check(address)))
}
