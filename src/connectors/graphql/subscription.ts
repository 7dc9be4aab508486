import type { Client } from 'graphql-ws'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { parseDuration } from '../../system/duration.ts'
import { withQuery } from '../http/path.ts'
import { certificatesOf } from '../http/tls.ts'
import { errorIn } from './answer.ts'
import type { GraphqlOptions } from './config.ts'
import { loadGraphqlWs } from './driver.ts'
import { exactly } from './exact-event.ts'
import type { Asked, GraphqlLink } from './link.ts'
import { guardedSocket, socketUrl } from './socket.ts'

/** Milliseconds between two pings, and until a pong has to be there. */
const keepAlive = 15_000
const patience = 10_000

/** What an open subscription tells. */
export interface Listener {
  opened(): void
  event(value: unknown): void
  /** Once, and nothing after it. Without an error: the server says that there will be no more events. */
  ended(error: IsthmusError): void
}

/** Opens a subscription on a connection of its own; gives the function that ends it, after which nothing is told. */
export async function subscribe(
  link: GraphqlLink,
  asked: Asked,
  listener: Listener,
): Promise<() => Promise<void>> {
  let opened = false
  const connection = await connect(link, () => {
    opened = true
    listener.opened()
  })
  const { text: query, name } = asked.operation
  const variables = asked.variables as Record<string, unknown> | undefined
  let over = false
  const tell = (error: IsthmusError) => {
    if (!over) listener.ended(error)
    over = true
  }
  const cancel = connection.client.subscribe(
    { query, operationName: name, variables },
    {
      next: value => void (over || listener.event(value)),
      error: reason => tell(failureOf(reason, link, asked, opened)),
      complete: () => tell(failed(asked, 'the server ended it')),
    },
  )
  return async () => {
    over = true
    cancel()
    await connection.close()
  }
}

/** `acknowledged` is called when the server has let us in. Rejects for an address that is not allowed. */
async function connect(
  link: GraphqlLink,
  acknowledged: () => void,
): Promise<{ client: Client; close(): Promise<void> }> {
  const { createClient } = await loadGraphqlWs()
  const { context, options } = link
  const { url, payload } = options.subscriptions ?? {}
  const address = socketUrl(context.resolve(url ?? options.url), context.system)
  const times = timesOf(options)
  const given = payload && { ...payload(setting => link.resolve(setting)) }
  const certificates = certificatesOf(options.tls, context.system, setting => link.resolve(setting))
  const limit = options.responseLimit ?? 8 * 2 ** 20
  const { headers = {}, query } = await link.proofAt(httpUrl(address))
  const opened = query ? withQuery(address, query.name, query.value) : address
  const socket = guardedSocket(opened, context, { headers, certificates, ...times, limit })
  let pong: NodeJS.Timeout | undefined
  const client: Client = createClient({
    url: opened,
    webSocketImpl: socket.Socket,
    retryAttempts: 0,
    connectionAckWaitTimeout: times.firstByte,
    keepAlive,
    jsonMessageReviver: exactly,
    ...(given && { connectionParams: given }),
    on: {
      connected: acknowledged,
      ping(received) {
        if (!received) pong = setTimeout(() => client.terminate(), patience)
      },
      pong: () => clearTimeout(pong),
    },
  })
  const close = async () => {
    clearTimeout(pong)
    client.terminate()
    await socket.close()
  }
  return { client, close }
}

function httpUrl(address: string): string {
  return address.replace(/^ws/, 'http')
}

function timesOf({ timeouts = {} }: GraphqlOptions): { connect: number; firstByte: number } {
  const { connect = '5s', firstByte = '15s' } = timeouts
  return { connect: parseDuration(connect), firstByte: parseDuration(firstByte) }
}

/** `reason`: a list of GraphQL errors, how the socket was closed, or why it could not be opened. */
function failureOf(reason: unknown, link: GraphqlLink, asked: Asked, opened: boolean): IsthmusError {
  if (Array.isArray(reason)) {
    const reply = { data: undefined, errors: reason.map(errorIn), extensions: {} }
    return link.failureIn(reply, asked) ?? failed(asked, 'the server ended it')
  }
  const { code, reason: text, error } = partsOf(reason)
  if (code === 4401 || code === 4403) {
    link.forgetCredentials()
    return new IsthmusError(
      'TARGET-CREDENTIALS',
      `${asked.channel} was closed: ${link.hide(`${code} ${text}`)}`,
    )
  }
  const said = typeof code === 'number' ? `closed with ${code} ${text ?? ''}` : reasonOf(error ?? reason)
  if (opened) return failed(asked, link.hide(said.trim()))
  const message = `${asked.channel} cannot be opened: ${link.hide(said.trim())}`
  return new IsthmusError('TARGET-UNAVAILABLE', message)
}

function failed({ channel }: Asked, reason: string): IsthmusError {
  return new IsthmusError('SOURCE-FAILED', `the subscription ${channel} ended: ${reason}`)
}

function partsOf(value: unknown): { code?: unknown; reason?: unknown; error?: unknown } {
  return typeof value === 'object' && value !== null ? value : {}
}
