import { inspect } from 'node:util'
import { type ErrorCode, IsthmusError, reasonOf } from '../errors.ts'
import type { Json } from '../message/json-value.ts'
import type { Delivery, Position } from '../message/message.ts'
import { partitionOf } from '../message/partition.ts'
import { randomEach, uuidsV7 } from '../message/uuid-v7.ts'
import { modelId } from '../model/model.ts'
import type { Accepted, FlowAddress, MessageHead, NewMessage, SourcePosition, Store } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { AcceptOptions, Intake, Receipt } from '../system/roles.ts'
import { traceIn } from '../system/trace-context.ts'
import type { Admission } from './admission.ts'
import { carriedOf } from './carried.ts'
import { conflicting, contentOf, isSame } from './conflict.ts'
import type { Watcher } from './events.ts'
import type { FlowRunner } from './flow-runner.ts'
import type { Host } from './host.ts'
import type { Plan } from './plan.ts'
import { dataContentType, decode } from './run-message.ts'
import type { AcceptTrace, Tracing } from './tracing.ts'
import type { Transport } from './transport.ts'

interface IntakeOptions {
  readonly channel: SourceChannel<unknown>
  readonly flows: readonly { readonly plan: Plan; readonly runner: FlowRunner }[]
  readonly store: Store
  /** Of the lease of the source, where it has one: places are stored only while that is held. */
  readonly token?: number | undefined
  /** In how many shares the keys are divided. */
  readonly partitions: number
  readonly host: Host
  readonly admission: Admission
  readonly watch: Watcher
  readonly tracing?: Tracing | undefined
  /** Takes what comes without a position, instead of the store; nothing does if absent. */
  readonly transport?: Transport | undefined
  readonly onFatal: (error: unknown) => void
  /** Milliseconds for which identities are known. */
  readonly window: number
}

/** A delivery made ready for the journal, with its data where they were decoded. */
interface Prepared {
  readonly message: NewMessage
  /** Its data, if they could be read. */
  readonly read: unknown
  /** The data that the flows get as they are; others decode them anew. */
  readonly data: unknown
  /** The name that its source gave it, under which other content may come. */
  readonly own: string | undefined
  readonly trace: AcceptTrace | undefined
}

/** Takes what one source channel delivers into the journal, once per identity, for every flow that begins there. */
export class ChannelIntake implements Intake {
  readonly #options: IntakeOptions
  readonly #source: string
  readonly #type: string

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#source = channelId(options.channel)
    this.#type = modelId(options.channel.model)
  }

  async position(): Promise<Position | undefined> {
    return (await this.#options.store.read.position(this.#source)) ?? undefined
  }

  async accept(deliveries: readonly Delivery[], options: AcceptOptions = {}): Promise<Receipt[]> {
    const { position, conflict = 'park' } = options
    const prepared = this.#prepareAll(deliveries, position)
    const { transport } = this.#options
    if (transport && position === undefined) return await this.#carry(prepared, transport)
    // The source must not go on behind a conflict before that is kept.
    const unlessConflict = conflict === 'park'
    const { token } = this.#options
    const at = position === undefined ? undefined : { source: this.#source, position, unlessConflict, token }
    const receipts = await this.#append(prepared, at)
    if (receipts.every(({ status }) => status !== 'conflict')) return receipts
    const answers = await Promise.all(
      receipts.map((receipt, n) => this.#meetConflict(receipt, prepared[n] as Prepared, conflict)),
    )
    if (at && unlessConflict) await this.#append([], at)
    return answers
  }

  /**
   * Messages for an append to a stream to take along. Throws ADMISSION-CLOSED when nothing can be taken now. `end` is told
   * what became of them, or nothing if they were not taken.
   */
  outbox(deliveries: readonly Delivery[]): {
    readonly messages: readonly NewMessage[]
    end(accepted?: readonly Accepted[]): void
  } {
    const prepared = this.#prepareAll(deliveries, undefined)
    const leave = this.#options.admission.enter(bytesOf(prepared))
    return {
      messages: prepared.map(({ message }) => message),
      end: (accepted = []) => {
        leave()
        this.#taken(accepted, prepared)
      },
    }
  }

  async #append(prepared: readonly Prepared[], at: SourcePosition | undefined): Promise<Receipt[]> {
    const { store, host, watch } = this.#options
    return await this.#enter(prepared, async () => {
      const began = host.monotonic()
      const messages = prepared.map(({ message }) => message)
      const accepted = await store.accept(messages, at)
      watch({ type: 'synced', messages: messages.length, ms: host.monotonic() - began })
      return this.#taken(accepted, prepared)
    })
  }

  /**
   * Whether they are repeats is not known before they are in the journal. What cannot be carried now is refused, whether
   * or not some of it was: what comes again has the same identity.
   */
  async #carry(prepared: readonly Prepared[], transport: Transport): Promise<Receipt[]> {
    return await this.#enter(prepared, async () => {
      await transport.produce(prepared.flatMap(({ message }) => carriedOf(message))).catch(notCarried)
      return prepared.map(({ message, read, trace }) => {
        const { id, head } = message
        trace?.end({ status: 'accepted', id, seqs: [] })
        if (!head.defect) this.#options.watch({ type: 'received', source: this.#source, data: read })
        return { status: 'accepted', id }
      })
    })
  }

  /** Does the work while its bytes count as under way; tells those who deliver when to come again after a failure. */
  async #enter(prepared: readonly Prepared[], work: () => Promise<Receipt[]>): Promise<Receipt[]> {
    const { admission, onFatal } = this.#options
    const leave = admission.enter(bytesOf(prepared))
    try {
      return await work()
    } catch (error) {
      for (const { trace } of prepared) trace?.end(error as Error)
      if (error instanceof IsthmusError && error.code === 'MSG-LIMIT') throw error
      if (error instanceof IsthmusError && error.code === 'STORE-FULL') admission.storeFull()
      else if (error instanceof IsthmusError && error.code === 'ADMISSION-CLOSED')
        admission.shut(error.message)
      else if (!(error instanceof IsthmusError) || error.fate !== 'retry') onFatal(error)
      const reason = `The message could not be recorded: ${reasonOf(error)}`
      throw new IsthmusError('ADMISSION-CLOSED', reason, { cause: error, retryAfter: 1_000 })
    } finally {
      leave()
    }
  }

  #taken(accepted: readonly Accepted[], prepared: readonly Prepared[]): Receipt[] {
    // In the next turn, so that those who wait for the acceptance are answered before the work begins.
    this.#options.host.soon(() => this.#offer(accepted, prepared))
    return accepted.map((result, n) => {
      const each = prepared[n] as Prepared
      each.trace?.end(result)
      return this.#receive(result, each)
    })
  }

  /** What was accepted is offered straight to its flows, which need not read it again. */
  #offer(accepted: readonly Accepted[], prepared: readonly Prepared[]): void {
    const { flows } = this.#options
    for (const [n, result] of accepted.entries()) {
      if (result.status !== 'accepted') continue
      const { message, data } = prepared[n] as Prepared
      const { id, head, body, acceptedAt } = message
      for (const [at, { flow, partition, key }] of message.flows.entries()) {
        const seq = result.seqs[at] as number
        flows[at]?.runner.offer({ flow, partition, key, seq, id, head, body, acceptedAt }, data)
      }
    }
  }

  #receive({ status, id }: Accepted, { message, read }: Prepared): Receipt {
    const { watch } = this.#options
    if (status === 'accepted' && !message.head.defect)
      watch({ type: 'received', source: this.#source, data: read })
    if (status === 'duplicate') watch({ type: status, source: this.#source, id })
    if (status === 'accepted')
      for (const { flow, key } of message.flows) watch({ type: status, flow, key, id })
    return { status, id }
  }

  /** The same data in other bytes are a duplicate. Other data are kept and parked, once per content, or refused. */
  async #meetConflict(receipt: Receipt, prepared: Prepared, rule: 'park' | 'refuse'): Promise<Receipt> {
    const { message, own } = prepared
    if (receipt.status !== 'conflict') return receipt
    const { id } = receipt
    const { store, channel, watch } = this.#options
    const status = (await isSame(store, channel, id, message, prepared.read)) ? 'duplicate' : 'conflict'
    watch({ type: status, source: this.#source, id })
    if (status === 'duplicate' || rule === 'refuse') return { status, id }
    const kept = conflicting(message, own, id)
    const [again] = await this.#append([{ ...prepared, message: kept }], undefined)
    return again as Receipt
  }

  #prepareAll(deliveries: readonly Delivery[], position: Position | undefined): Prepared[] {
    const { host } = this.#options
    const now = host.now()
    const ids = uuidsV7(now, host.randomBytes(randomEach * deliveries.length))
    return deliveries.map((delivery, n) => this.#prepare(delivery, ids[n] as string, now, position))
  }

  #prepare(delivery: Delivery, id: string, now: number, position: Position | undefined): Prepared {
    const { flows } = this.#options
    const { body, defect: unwritable } = delivery.body ? { body: delivery.body } : encodeData(delivery.data)
    const contentType = delivery.body ? 'raw' : dataContentType
    const told = delivery.defect === undefined ? unwritable : sourceDefect(delivery.defect)
    const { data: read, defect: unread } = told ? { defect: told } : this.#read(delivery, contentType, body)
    const given = flows.map(({ plan }) => addressOf(plan, read, id, this.#options.partitions))
    const broken = given.some(({ key }) => key === keyless)
    const own = this.#ownId(delivery, read)
    const { time = now, subject, headers, cause } = delivery
    const defect =
      unread ?? this.#stale(delivery, position, now) ?? (broken ? this.#unkeyed(read) : undefined)
    const identity = own === undefined ? placed(body, position) : named(own)
    const said = delivery.trace ?? traceIn(headers)
    const trace = this.#options.tracing?.accept(this.#source, said)
    const message: NewMessage = {
      flows: broken ? given.map(each => (each.key === keyless ? { ...each, key: id } : each)) : given,
      id,
      body,
      acceptedAt: now,
      head: {
        source: this.#source,
        type: this.#type,
        time,
        contentType,
        subject,
        headers,
        identity,
        cause,
        trace: trace?.context ?? said,
        defect,
      },
      identity: identity === undefined ? undefined : within(this.#source, identity),
    }
    return { message, read, data: delivery.body ? read : undefined, own, trace }
  }

  #read(
    delivery: Delivery,
    contentType: string,
    body: Uint8Array,
  ): { data?: unknown; defect?: MessageHead['defect'] } {
    if (delivery.data !== undefined) return { data: delivery.data }
    try {
      return { data: decode({ head: { contentType }, body }, this.#options.channel) }
    } catch (error) {
      const code: ErrorCode = error instanceof IsthmusError ? error.code : 'MSG-DECODE'
      return { defect: { code, reason: reasonOf(error) } }
    }
  }

  /** A source that keeps a position does not redeliver; for others, what is older than the window may be a repeat. */
  #stale(delivery: Delivery, position: Position | undefined, now: number): MessageHead['defect'] {
    const { window } = this.#options
    if (position !== undefined || delivery.time === undefined || delivery.time >= now - window)
      return undefined
    const reason =
      'It is older than the window in which repeats are recognised, so it may have been processed before.'
    return { code: 'MESSAGE-STALE', reason }
  }

  /** The source's own id, else the key field of the model. */
  #ownId(delivery: Delivery, data: unknown): string | undefined {
    const { key } = this.#options.channel.model
    const field = key === undefined ? undefined : (data as Record<string, Json> | undefined)?.[key]
    return delivery.id ?? (typeof field === 'string' || typeof field === 'number' ? String(field) : undefined)
  }

  #unkeyed(data: unknown): MessageHead['defect'] {
    const fit = this.#options.channel.model.validate(data)
    if (fit.ok)
      return { code: 'STEP-KEY', reason: 'The function that gives the key of a message failed on it.' }
    const shown = fit.problems.slice(0, 10).map(({ path, problem }) => `${path || 'the record'} ${problem}`)
    return {
      code: 'MODEL-INVALID',
      reason: `Not a ${modelId(this.#options.channel.model)}: ${shown.join('; ')}`,
    }
  }
}

/** Not the store has failed: it may be away, and come back, while this process goes on. */
function notCarried(cause: unknown): never {
  if (cause instanceof IsthmusError && cause.code === 'MSG-LIMIT') throw cause
  throw new IsthmusError('ADMISSION-CLOSED', `the transport does not take messages: ${reasonOf(cause)}`, {
    cause,
  })
}

function bytesOf(prepared: readonly Prepared[]): number {
  return prepared.reduce((sum, { message }) => sum + message.body.byteLength, 0)
}

/** In the place of a key that could not be determined. */
const keyless = '\0'

function addressOf(plan: Plan, data: unknown, id: string, partitions: number): FlowAddress {
  let key: string = id
  try {
    if (data !== undefined) key = plan.key(data) ?? id
  } catch {
    key = keyless
  }
  return { flow: plan.flow.name, partition: partitionOf(key, partitions), key }
}

function sourceDefect(reason: string): MessageHead['defect'] {
  return { code: 'SOURCE-DEFECT', reason }
}

/** Data handed over without bytes are kept as JSON; what JSON cannot say is kept as text, to be parked. */
function encodeData(data: unknown): { body: Uint8Array; defect?: MessageHead['defect'] } {
  try {
    return { body: Buffer.from(JSON.stringify(data) ?? 'null') }
  } catch (error) {
    const reason = `The source's data cannot be written as JSON: ${reasonOf(error)}`
    return { body: Buffer.from(inspect(data)), defect: { code: 'MSG-ENCODE', reason } }
  }
}

/** The identity of a message that its source has named. */
export function identityOf(source: string, own: string): string {
  return within(source, named(own))
}

const within = (source: string, identity: string): string => `${source}\0${identity}`

const named = (own: string): string => `=${own}`

/** A message without a name of its own is known by content and position; see `Receipt`. */
function placed(body: Uint8Array, position: Position | undefined): string | undefined {
  return position === undefined ? undefined : `@${contentOf(body)}${JSON.stringify(position)}`
}
