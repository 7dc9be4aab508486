import { IsthmusError } from '../errors.ts'
import type { Json } from '../message/json-value.ts'
import type { Accepted, NewMessage, SourcePosition, Store } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Admission } from './admission.ts'
import { messageOf } from './carried.ts'
import { conflicting, isSame } from './conflict.ts'
import type { Watcher } from './events.ts'
import type { FlowRunner } from './flow-runner.ts'
import { backoff, type Host, patiently, sleep } from './host.ts'
import { decode } from './run-message.ts'
import { type CarriedBatch, type Transport, transportSource } from './transport.ts'

export interface MoverOptions {
  readonly transport: Transport
  readonly store: Store
  readonly host: Host
  readonly admission: Admission
  readonly watch: Watcher
  readonly onFatal: (error: unknown) => void
  readonly runner: (flow: string) => Pick<FlowRunner, 'offer'> | undefined
  /** Where the flows of the landscape begin. */
  readonly channels: readonly SourceChannel<unknown>[]
  /** Milliseconds for which identities are known. */
  readonly window: number
}

/** As it is stored. */
interface Place {
  readonly next: Json
  /** Until then a message may repeat one that was accepted without a transport. Milliseconds since 1970 UTC. */
  readonly mixed?: number | undefined
}

/** One stay of a partition. */
interface Move {
  readonly partition: number
  readonly source: string
  readonly token: number
  readonly mixed: number | undefined
  readonly signal: AbortSignal
}

/** A message that has the identity of another one. */
interface Again {
  readonly message: NewMessage
  readonly id: string
}

/** Milliseconds from one look whether something can be taken again to the next. */
const rest = 500

/**
 * Takes what is carried into the journal, partition by partition. A message is there if and only if the place behind it
 * is stored; and only while the lease of the partition is ours.
 */
export class Mover {
  readonly #options: MoverOptions
  readonly #channels: ReadonlyMap<string, SourceChannel<unknown>>

  constructor(options: MoverOptions) {
    this.#options = options
    this.#channels = new Map(options.channels.map(channel => [channelId(channel), channel]))
  }

  /** Until the signal aborts; then nothing of it is under way. `token`: of the partition's lease. */
  async move(partition: number, token: number, signal: AbortSignal): Promise<void> {
    const { store, host, transport } = this.#options
    const source = transportSource(partition)
    const place = await patiently(host, () => store.read.position(source))
    const stored = place as Place | null | undefined
    const mixed = stored === undefined ? await this.#mixed() : stored?.mixed
    const move: Move = { partition, source, token, mixed, signal }
    const take = (batch: CarriedBatch) => this.#take(batch, move)
    try {
      await transport.follow(partition, stored === null ? null : stored?.next, take, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Whether the store was used before it had a transport. */
  async #mixed(): Promise<number | undefined> {
    const { store, host, window } = this.#options
    const heads = await patiently(host, () => store.read.heads())
    return heads.length === 0 ? undefined : host.now() + window
  }

  async #take({ records, next }: CarriedBatch, move: Move): Promise<void> {
    const { source, partition, token, mixed } = move
    const messages: NewMessage[] = []
    for (const { head, body, place } of records)
      if (head !== undefined) messages.push(messageOf({ partition, head, body }, place))
      else this.#options.watch({ type: 'foreign', source, place })
    const earlier = mixed === undefined ? [] : await this.#acceptedEarlier(messages, mixed)
    const repeats = new Set(earlier.map(({ message }) => message))
    const fresh = messages.filter(message => !repeats.has(message))
    const all = [...fresh, ...(await this.#conflicts(earlier))]
    const at = { source, token, position: { next, mixed } as unknown as Json }
    // What is no conflict is kept at once; the place stays before a conflict until that is kept, too.
    const accepted = await this.#accept(all, { ...at, unlessConflict: true }, move)
    this.#tell(all, accepted)
    const known = accepted.flatMap(({ status, id }, n) =>
      status === 'conflict' ? [{ message: all[n] as NewMessage, id }] : [],
    )
    if (known.length === 0) return
    const kept = await this.#conflicts(known)
    this.#tell(kept, await this.#accept(kept, at, move))
  }

  /** Of a store that had no transport before: those that it has accepted then. */
  async #acceptedEarlier(messages: readonly NewMessage[], mixed: number): Promise<Again[]> {
    const { store, host } = this.#options
    const found = messages.map(async message => {
      const { source, identity } = message.head
      if (message.acceptedAt > mixed || identity === undefined) return []
      const id = await patiently(host, () => store.read.identified(`${source}\0${identity}`))
      return id === undefined ? [] : [{ message, id }]
    })
    return (await Promise.all(found)).flat()
  }

  /** Those that have other data than the message whose identity they have, to be set aside. */
  async #conflicts(known: readonly Again[]): Promise<NewMessage[]> {
    const { host, watch } = this.#options
    const conflicts: NewMessage[] = []
    for (const { message, id } of known) {
      const isRepeat = await patiently(host, () => this.#isRepeat(message, id))
      watch({ type: isRepeat ? 'duplicate' : 'conflict', source: message.head.source, id })
      if (!isRepeat) conflicts.push(conflicting(message, message.head.identity?.slice(1), id))
    }
    return conflicts
  }

  async #isRepeat(message: NewMessage, id: string): Promise<boolean> {
    const channel = this.#channels.get(message.head.source)
    if (!channel) return false
    try {
      const read = decode(message, channel)
      return await isSame(this.#options.store, channel, id, message, read)
    } catch (error) {
      if (error instanceof IsthmusError && error.fate === 'retry') throw error
      return false
    }
  }

  /** For as long as it takes, until the signal aborts. */
  async #accept(messages: readonly NewMessage[], at: SourcePosition, { signal }: Move): Promise<Accepted[]> {
    const { store, host, admission, watch, onFatal } = this.#options
    for (let tries = 1; ; tries++) {
      while (admission.closed !== undefined && !signal.aborted) await sleep(host, rest, signal)
      if (signal.aborted) throw new IsthmusError('ADMISSION-CLOSED', 'Nothing more is moved here.')
      const began = host.monotonic()
      try {
        const accepted = await store.accept(messages, at)
        watch({ type: 'synced', messages: messages.length, ms: host.monotonic() - began })
        return accepted
      } catch (error) {
        if (!(error instanceof IsthmusError) || error.fate !== 'retry') {
          onFatal(error)
          throw error
        }
        if (error.code === 'STORE-FULL') admission.storeFull()
        await sleep(host, backoff(host, tries, 50, 2_000), signal)
      }
    }
  }

  #tell(messages: readonly NewMessage[], accepted: readonly Accepted[]): void {
    const { watch, runner } = this.#options
    for (const [n, result] of accepted.entries()) {
      const { flows, id, head, body, acceptedAt } = messages[n] as NewMessage
      // What was accepted just before a crash comes again as itself.
      if (result.status === 'duplicate' && result.id !== id)
        watch({ type: 'duplicate', source: head.source, id: result.id })
      if (result.status !== 'accepted') continue
      for (const [at, address] of flows.entries()) {
        watch({ type: 'accepted', flow: address.flow, key: address.key, id })
        runner(address.flow)?.offer(
          { ...address, seq: result.seqs[at] as number, id, head, body, acceptedAt },
          undefined,
        )
      }
    }
  }
}
