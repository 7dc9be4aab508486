import { IsthmusError, reasonOf } from '../../errors.ts'
import { anyProperty, type Property, propertyOf } from '../../message/codec/xml-shape.ts'
import type { Model } from '../../model/model.ts'
import type { Outgoing, Probed } from '../../system/roles.ts'
import { fitting, prepared, unlessUntold, unusable } from '../http/around-call.ts'
import type { HttpAnswer } from '../http/call.ts'
import type { Headers, OperationOptions, OperationProbe } from './config.ts'
import { type Envelope, readEnvelope } from './envelope.ts'
import { Exchange } from './exchange.ts'
import type { SoapFault } from './fault.ts'
import type { SoapLink } from './link.ts'

/** What a sink or requester channel says about being called. */
export interface OperationSettings extends Omit<OperationOptions, 'request'> {
  readonly probe?: OperationProbe | undefined
}

/** A good answer, or a fault. */
type Reply = { readonly envelope: Envelope | undefined } | { readonly fault: SoapFault }

/** What sinks and requesters do alike for one message. Rejects with IsthmusError. */
export class OperationCall {
  readonly #channel: string
  readonly #options: OperationSettings
  readonly #link: SoapLink
  readonly #exchange: Exchange
  readonly #probing: Exchange | undefined
  readonly #expected: Property

  /** `channel` is its name in messages. Throws FLOW-DEFINITION where the WSDL has no such operation. */
  constructor(channel: string, options: OperationSettings, link: SoapLink) {
    const { operation, port, probe, response, result } = options
    this.#channel = channel
    this.#options = options
    this.#link = link
    this.#exchange = new Exchange(link.operation(operation, port, channel), link)
    this.#probing = probe && new Exchange(link.operation(probe.operation, probe.port, channel), link)
    this.#expected = response && !result ? propertyOf(response.jsonSchema) : anyProperty
  }

  get canProbe(): boolean {
    return this.#probing !== undefined
  }

  /** What the target answered; null where the channel has no model for it. */
  async call({ data, effectKey }: Outgoing, signal: AbortSignal): Promise<unknown> {
    const { body, header, faults } = this.#options
    const call = { effectKey }
    const bytes = this.#prepared(() =>
      this.#exchange.write(body ? body(data, call) : data, header?.(data, call) ?? {}),
    )
    const reply = await this.#send(this.#exchange, bytes, signal)
    if ('envelope' in reply) return this.#answer(reply.envelope)
    const failure = this.#guarded(() => this.#link.failureOf(reply.fault, faults, this.#channel))
    if (failure) throw failure
    return this.#fitting(null)
  }

  /** Rejects where asking again later may tell; what will never tell is `unknown`, and logged. */
  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { probe } = this.#options
    if (!probe || !this.#probing) return { outcome: 'unknown' }
    return unlessUntold(this.#probe(probe, this.#probing, item, signal), this.#channel, text =>
      this.#link.warn(text),
    )
  }

  async #probe(
    { body, done, absent, result = answer => answer }: OperationProbe,
    exchange: Exchange,
    { data, effectKey }: Outgoing,
    signal: AbortSignal,
  ): Promise<Probed<unknown>> {
    const bytes = this.#prepared(() => exchange.write(body(data, { effectKey }), {}))
    const reply = await this.#send(exchange, bytes, signal)
    if ('fault' in reply) {
      if (this.#guarded(() => absent?.(reply.fault))) return { outcome: 'absent' }
      throw (
        this.#link.failureOf(reply.fault, undefined, this.#channel) ?? this.#unfit('a fault tells nothing')
      )
    }
    const answer = this.#guarded(() => this.#data(exchange, reply.envelope, anyProperty))
    if (done && !this.#guarded(() => done(answer))) return { outcome: 'absent' }
    return { outcome: 'done', result: this.#fitting(this.#guarded(() => result(answer))) }
  }

  /** A status that says that something failed at the server is not the whole truth where the body holds a fault. */
  async #send(exchange: Exchange, bytes: Uint8Array, signal: AbortSignal): Promise<Reply> {
    const answer = await this.#link.post(exchange.operation, bytes, this.#channel, signal)
    const failure = this.#link.failure(answer, this.#channel)
    if (failure && !mayHoldFault(failure)) throw failure
    if (!failure && !exchange.operation.output && answer.body.length === 0) return { envelope: undefined }
    const envelope = this.#read(answer, failure)
    const fault = this.#guarded(() => exchange.fault(envelope))
    if (fault) return { fault }
    if (failure) throw failure
    return { envelope }
  }

  #read(answer: HttpAnswer, failure: IsthmusError | undefined): Envelope {
    try {
      return readEnvelope(answer.body, String(answer.headers['content-type'] ?? ''))
    } catch (error) {
      throw failure ?? this.#unfit(reasonOf(error))
    }
  }

  #answer(envelope: Envelope | undefined): unknown {
    const { response, result } = this.#options
    if (!response || !envelope) return this.#fitting(null)
    const data = this.#guarded(() => this.#data(this.#exchange, envelope, this.#expected))
    const headers: Headers = result ? this.#guarded(() => this.#exchange.headers(envelope)) : {}
    return this.#fitting(result ? this.#guarded(() => result(data, headers)) : data)
  }

  #data(exchange: Exchange, envelope: Envelope | undefined, property: Property): unknown {
    if (!envelope) return null
    const read = exchange.read(envelope, property)
    if (read) return read.data
    throw this.#unfit(`the body holds no answer of ${exchange.operation.name}`)
  }

  #fitting(data: unknown): unknown {
    const model: Model<unknown> | undefined = this.#options.response
    return model ? fitting(model, data, reason => this.#unfit(reason)) : null
  }

  /** What cannot be written says whose it is. */
  #prepared(write: () => Uint8Array): Uint8Array {
    try {
      return prepared(this.#channel, write)
    } catch (cause) {
      if (!(cause instanceof IsthmusError) || cause.code !== 'MSG-ENCODE') throw cause
      throw new IsthmusError('MSG-ENCODE', `${this.#channel}: ${cause.message}`, { cause })
    }
  }

  /** What reads an answer runs when something may have been done. */
  #guarded<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof IsthmusError && error.code.startsWith('TARGET-')) throw error
      throw this.#unfit(reasonOf(error))
    }
  }

  #unfit(reason: string): IsthmusError {
    return unusable(this.#channel, this.#link.hide(reason), this.#options.effect.kind !== 'read')
  }
}

/** Of a status that says that something failed at the server, where its body may tell more. */
function mayHoldFault({ code }: IsthmusError): boolean {
  return code === 'TARGET-REFUSED' || code === 'TARGET-UNANSWERED'
}
