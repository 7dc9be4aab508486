import type { MessagePort } from 'node:worker_threads'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { readError, writtenError } from '../../message/written-error.ts'
import type { Lease, Membership, NewMember, Vitals, Wake } from '../members.ts'
import type {
  Append,
  ClaimOptions,
  Entry,
  JoinOptions,
  NewMessage,
  RetireLimits,
  Settlement,
  SourcePosition,
  Store,
  StoreReader,
} from '../store.ts'
import { type Answer, FrameWriter, type FromStore, gathered, type ToStore } from './frames.ts'
import { SharedMembership } from './shared-membership.ts'

type Call = ToStore & { what: 'call' }
type Waiting = ReturnType<typeof Promise.withResolvers<Json>>

/**
 * Lets whoever has the other end of the port work on the store: see `remoteStore`. Its members are lost with the port,
 * and what they held is free at once. The store is closed through the port only by who has claimed it there.
 */
export function serveStore(store: Store, port: MessagePort): void {
  const server = new StoreServer(store, port)
  port.on('message', frames => server.receive(frames as ToStore[]))
  port.on('close', () => server.end())
}

class StoreServer {
  readonly #store: Store
  readonly #writer: FrameWriter<FromStore>
  readonly #members = new Map<number, Membership>()
  readonly #snapshots = new Map<number, { reader: StoreReader; end: () => void }>()
  readonly #aborts = new Map<number, AbortController>()
  readonly #requests = new Map<number, Waiting>()
  #last = 0
  #isClaimed = false

  constructor(store: Store, port: MessagePort) {
    this.#store = store
    this.#writer = new FrameWriter(port, (frame, error) => {
      if (frame.what === 'answer')
        this.#writer.send({ what: 'answer', id: frame.id, failed: writtenError(error) })
    })
  }

  receive(frames: readonly ToStore[]): void {
    for (const frame of frames)
      if (frame.what === 'call') void this.#answer(frame)
      else if (frame.what === 'abort') this.#aborts.get(frame.id)?.abort()
      else this.#answered(frame)
  }

  end(): void {
    for (const membership of this.#members.values())
      if (membership instanceof SharedMembership) membership.lose()
    for (const { end } of this.#snapshots.values()) end()
    for (const { reject } of this.#requests.values())
      reject(new IsthmusError('MEMBER-SILENT', 'the thread of the member has ended'))
    this.#members.clear()
    this.#snapshots.clear()
    this.#requests.clear()
  }

  async #answer(call: Call): Promise<void> {
    const { id, method } = call
    try {
      const value = await this.#do(call)
      if (method === 'entries' && (value as Entry[]).length > 0) {
        const { messages, buffer } = gathered(value as Entry[])
        this.#writer.send({ what: 'answer', id, value: messages }, [buffer])
      } else this.#writer.send({ what: 'answer', id, value })
    } catch (error) {
      this.#writer.send({ what: 'answer', id, failed: writtenError(error) })
    }
  }

  #do({ id, method, args, of }: Call): unknown {
    const [first, second] = args
    switch (method) {
      case 'claim':
        return this.#claim(first as string, second as ClaimOptions | undefined)
      case 'accept':
        return this.#store.accept(first as NewMessage[], second as SourcePosition | undefined)
      case 'settle':
        return this.#store.settle(first as Settlement)
      case 'append':
        return this.#store.append(first as Append[], second as number)
      case 'retire':
        return this.#store.retire(first as RetireLimits)
      case 'close':
        return this.#isClaimed ? this.#store.close(first as 'clean' | 'unclean') : undefined
      case 'join':
        return this.#join(first as NewMember, second as JoinOptions)
      case 'beat':
        return this.#member(of).beat(first as Vitals)
      case 'take':
        return this.#member(of).take(first as string[])
      case 'give':
        return this.#member(of).give(first as Lease[])
      case 'leave':
        return this.#member(of).leave()
      case 'ask':
        return this.#ask(this.#member(of), id, first as string, second as Json)
      case 'listen':
        return this.#member(of).onRequest((lease, request) => this.#request(of as number, lease, request))
      case 'snapshot':
        return this.#snapshot()
      case 'release':
        return this.#release(first as number)
      default:
        return read(this.#reader(of), method, first)
    }
  }

  async #claim(owner: string, options: ClaimOptions | undefined): Promise<unknown> {
    const claim = await this.#store.claim(owner, options)
    this.#isClaimed = true
    return claim
  }

  async #join(member: NewMember, options: JoinOptions): Promise<unknown> {
    if (this.#store.join === undefined)
      throw new IsthmusError('CONFIG-INVALID', 'nobody can join this store: it has room for one alone')
    const membership = await this.#store.join(member, options)
    const of = ++this.#last
    this.#members.set(of, membership)
    const woken = new Set<Wake>()
    membership.onWake(wake => {
      // One is enough for all of the same turn.
      if (woken.has(wake)) return
      woken.add(wake)
      setImmediate(() => woken.delete(wake))
      this.#writer.send({ what: 'wake', of, wake })
    })
    const { partitions, lease, token } = membership
    return { of, partitions, lease, token }
  }

  #member(of: number | undefined): Membership {
    const membership = of === undefined ? undefined : this.#members.get(of)
    if (membership === undefined) throw new IsthmusError('STORE-FENCED', 'the member is not known here')
    return membership
  }

  async #ask(membership: Membership, id: number, lease: string, request: Json): Promise<Json> {
    const abort = new AbortController()
    this.#aborts.set(id, abort)
    try {
      return await membership.ask(lease, request, abort.signal)
    } finally {
      this.#aborts.delete(id)
    }
  }

  #request(of: number, lease: string, request: Json): Promise<Json> {
    const waiting = Promise.withResolvers<Json>()
    const id = ++this.#last
    this.#requests.set(id, waiting)
    this.#writer.send({ what: 'request', of, id, lease, request })
    return waiting.promise
  }

  #answered({ id, value, failed }: Answer): void {
    const waiting = this.#requests.get(id)
    this.#requests.delete(id)
    if (failed === undefined) waiting?.resolve(value as Json)
    else waiting?.reject(readError(failed))
  }

  #snapshot(): Promise<number> {
    return new Promise((resolve, reject) => {
      const hold = (reader: StoreReader) =>
        new Promise<void>(end => {
          const of = ++this.#last
          this.#snapshots.set(of, { reader, end })
          resolve(of)
        })
      this.#store.read.snapshot(hold).catch(reject)
    })
  }

  #release(of: number): void {
    this.#snapshots.get(of)?.end()
    this.#snapshots.delete(of)
  }

  #reader(of: number | undefined): StoreReader {
    if (of === undefined) return this.#store.read
    const snapshot = this.#snapshots.get(of)
    if (snapshot !== undefined) return snapshot.reader
    throw new IsthmusError('STORE-UNAVAILABLE', 'the snapshot has ended: read only while it is used')
  }
}

/** `method` is one of the reader's, or of its streams: see `remoteReader`. */
function read(reader: StoreReader, method: string, query: unknown): unknown {
  const [first = '', second] = method.split('.')
  const of: unknown = second === undefined ? reader : reader.streams
  const found = (of as Record<string, (query: unknown) => unknown>)[second ?? first]
  if (found === undefined) throw new TypeError(`a store cannot "${method}"`)
  return found.call(of, query)
}
