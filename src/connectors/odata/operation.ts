import { IsthmusError } from '../../errors.ts'
import type { Outgoing } from '../../system/roles.ts'
import { traceHeaders } from '../../system/trace-context.ts'
import { prepared } from '../http/around-call.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import { addressOf, queryOf } from './address.ts'
import { readFitting, withEffectKey, withEtag } from './change.ts'
import type { CallOptions } from './config.ts'
import { type Edm, type EdmOperation, type EdmSet, type EdmTyped, isKindOf, setOf } from './edm.ts'
import { type EntityFormat, etagIn, fieldsOf, isRecord } from './entity.ts'
import { propertiesIn, singleIn } from './reading.ts'
import { type OdataService, readJson } from './service.ts'

/** A function, an action, or a function import of V2. Rejects with IsthmusError. */
export class Operation {
  readonly #channel: string
  readonly #options: CallOptions
  readonly #service: OdataService

  /** `channel` is its name in messages. */
  constructor(channel: string, options: CallOptions, service: OdataService) {
    this.#channel = channel
    this.#options = options
    this.#service = service
  }

  async call({ data, effectKey, trace }: Outgoing, signal: AbortSignal): Promise<unknown> {
    const format = await this.#service.format(this.#channel, signal)
    const { outcomes, response, effect } = this.#options
    const set =
      this.#options.set === undefined ? undefined : setOf(format.edm, this.#options.set, this.#channel)
    const operation = this.#find(format.edm, set, isRecord(data) ? data : {})
    const place = set ? addressOf(set, data, format, this.#channel) : ''
    const request = await this.#request(
      operation,
      place,
      this.#parameters(operation, data, set, format),
      format,
    )
    const etag = await this.#etag(place, data, signal)
    const keyed =
      request.method === 'POST' && effect.kind === 'idempotent' ? withEffectKey(request, effectKey) : request
    const traced = { ...keyed, headers: { ...keyed.headers, ...traceHeaders(trace) } }
    const answer = await this.#service.send(etag === undefined ? traced : withEtag(traced, etag), signal)
    const failure = this.#service.failure(answer, outcomes, this.#channel)
    if (failure) throw failure
    if (!response) return null
    const read = () => this.#returned(answer, operation, format)
    return readFitting(response, read, this.#channel, effect.kind !== 'read')
  }

  /** Of several with one name, the one whose parameters the data have. Throws CONFIG-INVALID where there is none. */
  #find(edm: Edm, set: EdmSet | undefined, data: Readonly<Record<string, unknown>>): EdmOperation {
    const { operation: name } = this.#options
    const named = edm.operations.filter(each => each.name === name || each.qualified === name)
    const fit = named.filter(({ binding, imported }) =>
      set ? binding && !binding.collection && isKindOf(edm, set.type, binding.type) : !binding && imported,
    )
    const best =
      fit.find(({ parameters }) => parameters.every(each => data[each.name] !== undefined)) ?? fit[0]
    if (best) return best
    const where = set ? ` of ${set.name}` : ''
    throw new IsthmusError(
      'CONFIG-INVALID',
      `${this.#channel}: the $metadata has no operation ${name}${where}.`,
    )
  }

  /** Throws MSG-ENCODE for what is neither a parameter nor a part of the key. */
  #parameters(
    { parameters, name }: EdmOperation,
    data: unknown,
    set: EdmSet | undefined,
    format: EntityFormat,
  ): { typed: EdmTyped; value: unknown }[] {
    const fields = isRecord(data) ? data : {}
    const keys = (set && format.edm.types.get(set.type)?.keys) ?? []
    const known = new Set([...keys, ...parameters.map(each => each.name), '@odata.etag'])
    const unknown = Object.keys(fields).find(each => !known.has(each) && fields[each] !== undefined)
    if (unknown !== undefined)
      throw new IsthmusError(
        'MSG-ENCODE',
        `${this.#channel}: the field ${unknown} is no parameter of ${name}`,
      )
    return parameters.flatMap(typed => {
      const value = fields[typed.name]
      return value === undefined ? [] : [{ typed, value }]
    })
  }

  async #request(
    operation: EdmOperation,
    place: string,
    given: readonly { typed: EdmTyped; value: unknown }[],
    format: EntityFormat,
  ): Promise<HttpRequest> {
    const { kind, name, qualified } = operation
    const path = `${place}/${place === '' ? encodeURIComponent(name) : qualified}`
    const method = kind === 'function' ? 'GET' : 'POST'
    const request = { method, path, headers: {}, channel: this.#channel } as const
    const literals = () =>
      given.map(({ typed, value }) => [typed.name, this.#literal(typed, value, format)] as const)
    if (format.version === 'V2') {
      // Some services look at the type of a body that is not there.
      const headers: Record<string, string> = kind === 'action' ? { 'content-type': 'application/json' } : {}
      return { ...request, headers, path: path + queryOf(Object.fromEntries(literals())) }
    }
    if (kind === 'function') {
      const inline = literals().map(([parameter, literal]) => `${parameter}=${encodeURIComponent(literal)}`)
      return { ...request, path: `${path}(${inline.join(',')})` }
    }
    const body = Object.fromEntries(
      given.map(({ typed, value }) => [typed.name, format.writeTyped(value, typed)]),
    )
    return {
      ...request,
      headers: { 'content-type': this.#service.contentType },
      body: this.#service.encode(body),
    }
  }

  /** Records and lists stand in an address as JSON, which is text of V4 only. */
  #literal(typed: EdmTyped, value: unknown, format: EntityFormat): string {
    if (!typed.collection && !format.edm.types.has(typed.type))
      return format.literal(value, typed.type, typed.name)
    return JSON.stringify(format.writeTyped(value, typed))
  }

  async #etag(place: string, data: unknown, signal: AbortSignal): Promise<string | undefined> {
    const { etag } = this.#options
    if (etag === undefined || place === '') return undefined
    if (etag === 'any') return '*'
    if (typeof etag === 'function') return prepared(this.#channel, () => etag(data))
    const request = { method: 'GET', path: place, headers: {}, channel: this.#channel } as const
    const { answer, body } = await this.#service.sendForJson(request, signal)
    const { etag: header } = answer.headers
    return etagIn(singleIn(body)) ?? (typeof header === 'string' ? header : '*')
  }

  /** The value itself, without what the protocol puts around it. */
  #returned(answer: HttpAnswer, { name, returns, kind }: EdmOperation, format: EntityFormat): unknown {
    const method = kind === 'function' ? 'GET' : 'POST'
    const body = singleIn(readJson(answer, { method, channel: this.#channel }))
    if (!returns || body === undefined) return null
    const structured = format.edm.types.has(returns.type) && !returns.collection
    const wrapped =
      isRecord(body) && (format.version === 'V2' ? name in body : !structured && 'value' in body)
    const value = wrapped ? body[format.version === 'V2' ? name : 'value'] : body
    const read = format.readTyped(value, { ...returns, name: returns.name || 'it' })
    const properties = this.#options.response && propertiesIn(this.#options.response.jsonSchema)
    if (returns.collection && Array.isArray(read))
      return read.map(each => (isRecord(each) ? fieldsOf(each, properties) : each))
    return isRecord(read) ? fieldsOf(read, properties) : read
  }
}
