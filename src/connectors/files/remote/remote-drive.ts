import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import type { Drive, DriveAccess } from '../drive.ts'
import { errnoOf } from '../folders.ts'

/** A drive over a connection. */
export interface RemoteDrive extends Drive {
  /** The connection is gone; nothing works any more. */
  readonly isBroken: boolean
  /** Cuts the connection; what is under way rejects. */
  close(): void
}

/** What a server answered, or that it did not: see `Drive` for the codes. ECONNRESET: the answer is not known. */
export class DriveError extends Error {
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Unused for so long, the connection of sinks is closed: servers and firewalls forget it without a word. */
const idle = 10_000

/** `connect` opens a connection and is cut when the signal aborts. */
export class RemoteAccess implements DriveAccess {
  readonly #connect: (signal: AbortSignal) => Promise<RemoteDrive>
  readonly #turn: ConnectContext['turn']
  readonly #end: () => Promise<void>
  readonly #underWay = new Set<Promise<unknown>>()
  #shared: Promise<RemoteDrive> | undefined
  #timer: NodeJS.Timeout | undefined

  /** `end` is called when all is closed. */
  constructor(
    connect: (signal: AbortSignal) => Promise<RemoteDrive>,
    turn: ConnectContext['turn'],
    end: () => Promise<void>,
  ) {
    this.#connect = connect
    this.#turn = turn
    this.#end = end
  }

  async open(signal: AbortSignal): Promise<Drive & { close(): void }> {
    const call = turns(this.#turn, signal)
    const drive = await call(() => this.#connect(signal))
    const cut = () => drive.close()
    signal.addEventListener('abort', cut)
    const close = () => {
      signal.removeEventListener('abort', cut)
      drive.close()
    }
    return { ...governed(drive, call), close }
  }

  /** Calls may share a connection; when the signal of one aborts, it is cut for all of them. */
  use<T>(signal: AbortSignal, work: (drive: Drive) => Promise<T>): Promise<T> {
    const using = this.#use(signal, work)
    this.#underWay.add(using)
    const end = () => {
      this.#underWay.delete(using)
      if (this.#underWay.size === 0) this.#timer = setTimeout(() => this.#drop(), idle).unref()
    }
    using.then(end, end)
    return using
  }

  async check(): Promise<void> {
    const drive = await this.#connect(new AbortController().signal)
    await drive.list('').finally(() => drive.close())
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#drop()
    await this.#end()
  }

  async #use<T>(signal: AbortSignal, work: (drive: Drive) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer)
    const drive = await this.#open(signal)
    const cut = () => drive.close()
    signal.addEventListener('abort', cut)
    try {
      if (signal.aborted) cut()
      return await work(drive)
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  /** Of calls that come together one connects. */
  async #open(signal: AbortSignal): Promise<RemoteDrive> {
    const current = this.#shared
    const known = await current?.catch(() => undefined)
    if (known && !known.isBroken) return known
    if (this.#shared !== current) return this.#open(signal)
    this.#shared = this.#connect(signal)
    return this.#shared
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#timer)
    const drive = await this.#shared?.catch(() => undefined)
    this.#shared = undefined
    drive?.close()
  }
}

type Call = <T>(work: () => Promise<T>) => Promise<T>

/** Takes a turn for each request, and tells whether the server could be reached. */
function turns(turn: ConnectContext['turn'], signal: AbortSignal): Call {
  return async work => {
    const done = await turn(signal)
    try {
      const result = await work()
      done()
      return result
    } catch (error) {
      done(errnoOf(error) === 'ECONNRESET' ? unreachable(error) : isAnswer(error) ? undefined : error)
      throw signal.aborted ? signal.reason : error
    }
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof DriveError
}

function unreachable(cause: unknown): IsthmusError {
  return new IsthmusError('TARGET-UNAVAILABLE', reasonOf(cause), { cause })
}

function governed(drive: Drive, call: Call): Drive {
  return {
    exactTimes: drive.exactTimes,
    list: folder => call(() => drive.list(folder)),
    find: path => call(() => drive.find(path)),
    async open(path) {
      const file = await call(() => drive.open(path))
      return {
        stamp: () => call(() => file.stamp()),
        read: (chunk, at) => file.read(chunk, at),
        close: () => file.close(),
      }
    },
    folder: path => call(() => drive.folder(path)),
    put: (path, bytes) => call(() => drive.put(path, bytes)),
    move: (from, to, naming) => call(() => drive.move(from, to, naming)),
    remove: (path, kind) => call(() => drive.remove(path, kind)),
    sync: folder => call(() => drive.sync(folder)),
  }
}
