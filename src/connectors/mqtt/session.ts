import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls, type SecureContextOptions } from 'node:tls'
import type { IConnackPacket, Packet } from 'mqtt-packet'
import type { IsthmusError } from '../../errors.ts'
import type { Driver } from './driver.ts'
import { openFailure, reasonFailure } from './failure.ts'

/** Milliseconds for a broker that hangs to close its side. */
const farewell = 2_000

/** Where and how to connect. Times in milliseconds. */
export interface Address {
  readonly host: string
  readonly port: number
  /** Undefined: without TLS. */
  readonly tls: SecureContextOptions | undefined
  readonly lookup: LookupFunction
  readonly version: 5 | 4
  readonly user: string | undefined
  readonly password: string | undefined
  readonly connectTimeout: number
  readonly callTimeout: number
  readonly keepAlive: number
}

/** How a session begins. */
export interface Beginning {
  readonly clientId: string
  /** Begins anew, and is gone with the connection. */
  readonly clean: boolean
  /** Seconds for which the broker keeps it. */
  readonly expiry?: number
  /** Most messages that the broker sends without an acknowledgement. */
  readonly prefetch?: number
}

/**
 * One connection to a broker. It acknowledges nothing and repeats nothing by itself, and when it is lost it is lost:
 * what a library would do by itself is here what the engine decides.
 */
export class Session {
  readonly version: 5 | 4
  /** What the broker said when the session began. */
  welcome: IConnackPacket | undefined
  /** Why the session has ended. */
  failure: IsthmusError | undefined
  readonly #driver: Driver
  readonly #socket: Socket
  readonly #keepAlive: number
  readonly #endings = new Set<() => void>()
  readonly #answers = new Map<number, (packet: Packet) => void>()
  #listener: ((packet: Packet) => void) | undefined
  /** What came before anybody listened. */
  #early: Packet[] = []
  #lastId = 0
  #heard = performance.now()
  #pulse: NodeJS.Timeout | undefined
  #welcomed = () => {}

  private constructor(driver: Driver, address: Address) {
    const { host, port, tls, lookup, keepAlive, version } = address
    this.version = version
    this.#driver = driver
    this.#keepAlive = keepAlive
    const place = { host, port, lookup }
    const named = isIP(host) === 0 ? { servername: host } : {}
    this.#socket = tls ? connectTls({ ...tls, ...place, ...named }) : connectTcp(place)
    this.#socket.setNoDelay(true)
    const parser = driver.parser({ protocolVersion: version })
    parser.on('packet', packet => this.#receive(packet))
    parser.on('error', error => this.#end(error))
    this.#socket.on('data', chunk => {
      this.#heard = performance.now()
      parser.parse(chunk)
    })
    this.#socket.on('error', error => this.#end(error))
    this.#socket.on('close', () => this.#end(new Error('the connection was lost')))
  }

  /** Rejects with what `openFailure` says, or with the broker's reason. */
  static async open(
    driver: Driver,
    address: Address,
    beginning: Beginning,
    signal: AbortSignal,
  ): Promise<Session> {
    const session = new Session(driver, address)
    const welcome = Promise.withResolvers<void>()
    welcome.promise.catch(() => {})
    session.#welcomed = welcome.resolve
    const forget = session.atEnd(() => welcome.reject(session.failure))
    const giveUp = (reason: string) => session.#end(new Error(reason))
    const abort = () => giveUp('it was given up')
    const timer = setTimeout(
      () => giveUp(`no answer within ${address.connectTimeout} ms`),
      address.connectTimeout,
    )
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    try {
      session.#greet(address, beginning)
      await welcome.promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      forget()
    }
    const { reasonCode = 0, returnCode = 0 } = session.welcome ?? {}
    const reason = reasonCode || returnCode
    if (reason === 0) return session.#alive()
    await session.close()
    throw reasonFailure(reason, 'Connecting')
  }

  send(packet: Packet): void {
    if (this.failure) throw this.failure
    this.#socket.write(this.#driver.generate(packet, { protocolVersion: this.version }))
  }

  /** Bytes that a packet with an identifier takes. Throws for one that cannot be written. */
  sizeOf(packet: Packet): number {
    return this.#driver.generate({ ...packet, messageId: 1 } as Packet, { protocolVersion: this.version })
      .length
  }

  /** Gets what comes unasked, from the beginning of the session on. */
  listen(listener: (packet: Packet) => void): void {
    this.#listener = listener
    for (const packet of this.#early.splice(0)) listener(packet)
  }

  /** Calls when the session has ended, with its `failure` set. Gives the function that forgets it. */
  atEnd(end: () => void): () => void {
    this.#endings.add(end)
    return () => void this.#endings.delete(end)
  }

  /** A packet identifier that nobody uses. */
  freeId(): number {
    do this.#lastId = (this.#lastId % 65_535) + 1
    while (this.#answers.has(this.#lastId))
    return this.#lastId
  }

  /** Sends a packet with an identifier; what answers it goes to the function. Throws when the session has ended. */
  ask(packet: Packet & { messageId: number }, answered: (packet: Packet) => void): void {
    this.send(packet)
    this.#answers.set(packet.messageId, answered)
  }

  /** Stops and goes on reading: what the broker sends waits there. */
  set paused(yes: boolean) {
    if (yes) this.#socket.pause()
    else this.#socket.resume()
  }

  /**
   * An orderly farewell. Resolves when the broker has closed its side, and so has read all that was sent before: else
   * acknowledgements that are on their way would be lost.
   */
  async close(): Promise<void> {
    if (this.failure) return
    const closed = new Promise(resolve => this.#socket.once('close', resolve))
    this.send({ cmd: 'disconnect' } as Packet)
    this.#socket.end()
    this.#socket.setTimeout(farewell, () => this.#socket.destroy())
    this.#end(new Error('closed'))
    this.paused = false
    await closed
  }

  #greet({ version, user, password, keepAlive }: Address, beginning: Beginning): void {
    const { clientId, clean, expiry = 0, prefetch } = beginning
    const properties = {
      sessionExpiryInterval: expiry,
      ...(prefetch !== undefined && { receiveMaximum: prefetch }),
    }
    this.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clean,
      clientId,
      keepalive: Math.max(1, Math.round(keepAlive / 1000)),
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password: Buffer.from(password) }),
      ...(version === 5 && { properties }),
    })
  }

  /** Pings as often as it must. Whoever does not answer is gone, unless we do not listen. */
  #alive(): this {
    this.#pulse = setInterval(() => {
      const silence = performance.now() - this.#heard
      if (silence > this.#keepAlive * 1.5 && !this.#socket.isPaused())
        this.#end(new Error(`no sign of life for ${Math.round(silence)} ms`))
      else this.send({ cmd: 'pingreq' })
    }, this.#keepAlive / 2)
    return this
  }

  #receive(packet: Packet): void {
    const id = packet.messageId
    const answered = packet.cmd !== 'publish' && id !== undefined ? this.#answers.get(id) : undefined
    if (answered && id !== undefined) {
      this.#answers.delete(id)
      answered(packet)
    } else if (packet.cmd === 'connack') {
      this.welcome = packet
      this.#welcomed()
    } else if (packet.cmd === 'disconnect') this.#end(reasonFailure(packet.reasonCode ?? 0, 'Disconnected'))
    else if (this.#listener) this.#listener(packet)
    else this.#early.push(packet)
  }

  #end(error: unknown): void {
    if (this.failure) return
    this.failure = openFailure(error, 'MQTT')
    clearInterval(this.#pulse)
    if (!this.#socket.writableEnded) this.#socket.destroy()
    for (const end of [...this.#endings]) end()
  }
}
