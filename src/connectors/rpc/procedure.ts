import { IsthmusError, reasonOf } from '../../errors.ts'
import { anyProperty, propertyOf, type Shape } from '../../message/codec/xml-shape.ts'
import type { Model } from '../../model/model.ts'
import type { Answer, Outgoing } from '../../system/roles.ts'
import { fitting, prepared, unusable } from '../http/around-call.ts'
import type { HttpAnswer } from '../http/call.ts'
import type { CallOptions, CallProbe } from './config.ts'
import { type RpcLink, SessionExpired } from './link.ts'
import type { Params, RpcReplies, RpcReply } from './protocol.ts'
import type { Opened } from './session.ts'

/** What a channel says about being called. `silent`: the server is told that it need not answer. */
export interface ProcedureSettings extends CallOptions {
  readonly silent?: boolean | undefined
  readonly probe?: CallProbe | undefined
  /** The result is given as it came, without a model. */
  readonly bare?: boolean | undefined
}

/** An item on its way, with its place among the items of the call. */
interface Sent {
  readonly at: number
  readonly item: Outgoing
  readonly bytes: Uint8Array
}

/** What sinks and requesters do alike: several messages, as one HTTP call. */
export class Procedure {
  readonly #channel: string
  readonly #options: ProcedureSettings
  readonly #link: RpcLink
  readonly #expected: Shape

  /** `channel` is its name in messages. */
  constructor(channel: string, options: ProcedureSettings, link: RpcLink) {
    this.#channel = channel
    this.#options = options
    this.#link = link
    this.#expected = (options.response ? propertyOf(options.response.jsonSchema) : anyProperty).shape
  }

  /** One answer per item, in order. Does not reject. */
  call(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    return this.#link.underWay(this.#call(items, signal))
  }

  async #call(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    const answers: (Answer<unknown> | undefined)[] = items.map(() => undefined)
    try {
      const session = await this.#link.open(signal)
      const expired = await this.#attempt(items, [...items.keys()], session, answers, signal)
      if (session && expired.length > 0) {
        for (const at of expired) answers[at] = undefined
        const renewed = await this.#link.renew(session, signal)
        await this.#attempt(items, expired, renewed, answers, signal)
      }
      return answers as Answer<unknown>[]
    } catch (error) {
      return answers.map(answer => answer ?? { ok: false, error })
    }
  }

  /** Answers the items at these places, and gives those of them whose session had expired. */
  async #attempt(
    items: readonly Outgoing[],
    places: readonly number[],
    session: Opened | undefined,
    answers: (Answer<unknown> | undefined)[],
    signal: AbortSignal,
  ): Promise<number[]> {
    const sent: Sent[] = []
    for (const at of places) {
      const item = items[at] as Outgoing
      try {
        sent.push({ at, item, bytes: this.#write(item, session) })
      } catch (error) {
        answers[at] = { ok: false, error }
      }
    }
    if (sent.length === 0) return []
    const expired: number[] = []
    const replyTo = await this.#send(sent, session, signal).catch(error => () => failWith(error))
    for (const each of sent) {
      try {
        answers[each.at] = { ok: true, result: this.#resultOf(replyTo(each)) }
      } catch (error) {
        answers[each.at] = { ok: false, error }
        if (session && error instanceof SessionExpired) expired.push(each.at)
      }
    }
    return expired
  }

  #write({ data, effectKey }: Outgoing, session: Opened | undefined): Uint8Array {
    const { method, params, tags, silent } = this.#options
    const given = prepared(this.#channel, () =>
      params ? params(data, { effectKey, token: session?.token }) : usualParams(data),
    )
    return this.#link.protocol.write({ id: silent ? undefined : effectKey, method, params: given, tags })
  }

  /** Rejects where nothing at all is known about the replies. */
  async #send(
    sent: readonly Sent[],
    session: Opened | undefined,
    signal: AbortSignal,
  ): Promise<(sent: Sent) => RpcReply> {
    const { path } = this.#options
    const [first, ...others] = sent.map(({ bytes }) => bytes) as [Uint8Array, ...Uint8Array[]]
    const { join } = this.#link.protocol
    const body = others.length > 0 && join ? join([first, ...others]) : first
    const answer = await this.#link.post({ channel: this.#channel, path, body, session }, signal)
    if (answer.status === 401 && session) throw new SessionExpired(this.#channel, 'status 401')
    const failure = this.#link.failure(answer, this.#channel)
    if (failure && !mayHoldErrors(failure)) throw failure
    if (this.#options.silent && answer.body.length === 0 && !failure) return () => ({ result: null })
    const replies = this.#read(answer, failure)
    return ({ item }) => this.#replyTo(item, replies, failure)
  }

  #read(answer: HttpAnswer, failure: IsthmusError | undefined): RpcReplies {
    try {
      return this.#link.protocol.read(answer.body, this.#expected)
    } catch (error) {
      throw failure ?? this.#unfit(reasonOf(error))
    }
  }

  #replyTo(item: Outgoing, { byId, whole }: RpcReplies, failure: IsthmusError | undefined): RpcReply {
    const reply = byId.get(item.effectKey) ?? whole ?? (this.#options.silent ? { result: null } : undefined)
    if (reply && !(failure && 'result' in reply)) return reply
    if (failure) throw failure
    const text = `${this.#channel} was called, and the answer holds no one reply to this request`
    throw new IsthmusError('TARGET-UNANSWERED', text)
  }

  #resultOf(reply: RpcReply): unknown {
    if ('error' in reply) {
      const failure = this.#guarded(() =>
        this.#link.failureOf(reply.error, this.#options.errors, this.#channel),
      )
      if (failure) throw failure
      return this.#fitting(null)
    }
    return this.#fitting(reply.result)
  }

  #fitting(result: unknown): unknown {
    if (this.#options.bare) return result
    const model: Model<unknown> | undefined = this.#options.response
    return model ? fitting(model, result, reason => this.#unfit(reason)) : null
  }

  /** Functions that judge an error run when something may have been done. */
  #guarded<T>(judge: () => T): T {
    try {
      return judge()
    } catch (error) {
      throw this.#unfit(`a function that judges errors failed: ${reasonOf(error)}`)
    }
  }

  #unfit(reason: string): IsthmusError {
    return unusable(this.#channel, this.#link.hide(reason), this.#options.effect.kind !== 'read')
  }
}

/** Of a status that says that something failed at the server, where its body may tell more. */
function mayHoldErrors({ code }: IsthmusError): boolean {
  return code === 'TARGET-REFUSED' || code === 'TARGET-UNANSWERED'
}

function failWith(error: unknown): never {
  throw error
}

function usualParams(data: unknown): Params {
  return typeof data === 'object' && data !== null ? (data as Params) : [data]
}
