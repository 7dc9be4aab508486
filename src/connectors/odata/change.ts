import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { Outgoing, Probed } from '../../system/roles.ts'
import { fitting, prepared, unusable } from '../http/around-call.ts'
import type { HttpAnswer, HttpRequest } from '../http/call.ts'
import type { Outcomes } from '../http/outcome.ts'
import { addressOf, queryOf } from './address.ts'
import type { AnsweredOptions, ChangeOptions, CreateOptions, UpdateOptions } from './config.ts'
import { type EdmSet, setOf } from './edm.ts'
import { type EntityFormat, etagIn } from './entity.ts'
import { filterText } from './filter.ts'
import { pageIn, Reading, singleIn } from './reading.ts'
import { type OdataService, readJson } from './service.ts'

export type ChangeKind = 'create' | 'update' | 'upsert' | 'delete'

/** What a sink or requester channel says about its changes. */
export interface ChangeSettings
  extends ChangeOptions,
    Pick<CreateOptions, 'probe'>,
    Pick<UpdateOptions, 'method' | 'etag'>,
    Partial<AnsweredOptions> {
  readonly kind: ChangeKind
}

/** For those to whom a missing record is an answer like any other. */
const goneIsGood: Outcomes = { 404: 'ok', 410: 'ok' }

/** What sinks and requesters do alike for one record. Rejects with IsthmusError. */
export class Change {
  readonly settings: ChangeSettings
  readonly channel: string
  readonly service: OdataService

  /** `channel` is its name in messages. */
  constructor(channel: string, settings: ChangeSettings, service: OdataService) {
    this.channel = channel
    this.settings = settings
    this.service = service
  }

  /** The record as the service has it then; null where the channel has no model for it. */
  async apply(item: Outgoing, signal: AbortSignal): Promise<unknown> {
    const format = await this.service.format(this.channel, signal)
    const request = this.request(item, format)
    const etag = this.settings.etag === 'read' ? await this.#etagNow(request.path, signal) : undefined
    const sent = etag === undefined ? request : withEtag(request, etag)
    const answer = await this.#sendOrCreate(sent, item, format, signal)
    if (answer.status === 412 && (await this.#isDone(request.path, item, format, signal))) return null
    this.judge(answer)
    return this.#answered(answer, item, format, signal)
  }

  /** One request, without what has to be asked before. Throws MSG-ENCODE for what cannot be sent. */
  request({ data, effectKey }: Outgoing, format: EntityFormat): HttpRequest {
    const { kind, etag, effect } = this.settings
    const set = setOf(format.edm, this.settings.set, this.channel)
    const path =
      kind === 'create' ? `/${encodeURIComponent(set.name)}` : addressOf(set, data, format, this.channel)
    const request = { method: methodOf(this.settings, format), path, channel: this.channel }
    const bare = kind === 'delete' ? { ...request, headers: {} } : this.#withBody(request, data, set, format)
    if (kind === 'create' && effect.kind === 'idempotent') return withEffectKey(bare, effectKey)
    if (etag === 'any') return withEtag(bare, '*')
    if (typeof etag !== 'function') return bare
    const known = prepared(this.channel, () => etag(data))
    return withEtag(bare, known)
  }

  /** Throws what an answer means; one that says that what is to be deleted is not there is good. */
  judge(answer: HttpAnswer): void {
    const { kind, outcomes, effect } = this.settings
    const gone = kind === 'delete' && effect.kind === 'idempotent' ? goneIsGood : {}
    const failure = this.service.failure(answer, { ...gone, ...outcomes }, this.channel)
    if (failure) throw failure
  }

  /** Rejects where asking again later may tell. */
  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { probe } = this.settings
    if (!probe) return { outcome: 'unknown' }
    const format = await this.service.format(this.channel, signal)
    const set = setOf(format.edm, this.settings.set, this.channel)
    const at =
      probe === 'key' ? addressOf(set, item.data, format, this.channel) : this.#found(item, set, format)
    const request = { method: 'GET', path: at, headers: {}, channel: this.channel } as const
    const { answer, body } = await this.service.sendForJson(request, signal, { 404: 'ok' })
    if (answer.status === 404) return { outcome: 'absent' }
    const record = probe === 'key' ? singleIn(body) : pageIn(body, this.channel).items[0]
    if (record === undefined) return { outcome: 'absent' }
    return { outcome: 'done', result: this.#fitting(record, set, format) }
  }

  #found({ data }: Outgoing, set: EdmSet, format: EntityFormat): string {
    const { probe } = this.settings
    const asked = prepared(this.channel, () => (typeof probe === 'function' ? probe(data) : undefined))
    const query = { $filter: asked && filterText(asked, set.type, format), $top: 1 }
    return `/${encodeURIComponent(set.name)}${queryOf(query)}`
  }

  #withBody(
    request: Pick<HttpRequest, 'method' | 'path' | 'channel'>,
    data: unknown,
    set: EdmSet,
    format: EntityFormat,
  ): HttpRequest {
    const { kind, response } = this.settings
    const headers: Record<string, string> = { 'content-type': this.service.contentType }
    if (response && format.version === 'V4') headers.prefer = 'return=representation'
    const body = this.service.encode(
      format.write(kind === 'create' ? data : withoutKey(data, set, format), set.type),
    )
    return { ...request, headers, body }
  }

  /**
   * Not every service makes what is not there: then it is created, and if somebody else was quicker, changed after all.
   * Each of these requests may be repeated.
   */
  async #sendOrCreate(
    request: HttpRequest,
    item: Outgoing,
    format: EntityFormat,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const answer = await this.service.send(request, signal)
    if (this.settings.kind !== 'upsert' || answer.status !== 404) return answer
    const create = new Change(
      this.channel,
      { ...this.settings, kind: 'create', etag: undefined },
      this.service,
    )
    const created = await this.service.send(create.request(item, format), signal)
    if (created.status < 400) return created
    const changed = await this.service.send(request, signal)
    return changed.status === 404 ? created : changed
  }

  /** `*` where the service gives none; undefined where the record is not there, for an upsert to make it. */
  async #etagNow(path: string, signal: AbortSignal): Promise<string | undefined> {
    const request = { method: 'GET', path, headers: {}, channel: this.channel } as const
    const absent = this.settings.kind === 'update' ? {} : goneIsGood
    const { answer, body } = await this.service.sendForJson(request, signal, absent)
    if (answer.status >= 400) return undefined
    const { etag } = answer.headers
    return etagIn(singleIn(body)) ?? (typeof etag === 'string' ? etag : '*')
  }

  /** Whether an earlier attempt, whose answer was lost, has left the record as this one would. */
  async #isDone(
    path: string,
    { data, attempt }: Outgoing,
    format: EntityFormat,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { kind, effect, response } = this.settings
    if (attempt === 1 || kind !== 'update' || effect.kind !== 'idempotent' || response) return false
    const { type } = setOf(format.edm, this.settings.set, this.channel)
    const request = { method: 'GET', path, headers: {}, channel: this.channel } as const
    const { body } = await this.service.sendForJson(request, signal)
    const held = format.read(singleIn(body), type)
    const wanted = format.read(format.write(data, type), type)
    return Object.entries(wanted).every(
      ([name, value]) => JSON.stringify(held[name]) === JSON.stringify(value),
    )
  }

  async #answered(
    answer: HttpAnswer,
    item: Outgoing,
    format: EntityFormat,
    signal: AbortSignal,
  ): Promise<unknown> {
    if (!this.settings.response) return null
    const set = setOf(format.edm, this.settings.set, this.channel)
    const body = singleIn(readJson(answer, { method: 'POST', channel: this.channel }))
    if (body !== undefined) return this.#fitting(body, set, format)
    const path = addressOf(set, item.data, format, this.channel)
    const request = { method: 'GET', path, headers: {}, channel: this.channel } as const
    const read = await this.service.sendForJson(request, signal).catch(cause => {
      throw new IsthmusError('TARGET-UNANSWERED', `${this.channel} did it, but did not tell the record`, {
        cause,
      })
    })
    return this.#fitting(singleIn(read.body), set, format)
  }

  #fitting(record: unknown, set: EdmSet, format: EntityFormat): unknown {
    const { response } = this.settings
    if (!response) return null
    const reading = new Reading(set, response, {}, format, this.channel)
    return readFitting(response, () => reading.fields(reading.whole(record)), this.channel, true)
  }
}

/** Throws TARGET-CONTRACT for an answer that does not fit its model. */
export function readFitting(
  model: Model<unknown>,
  read: () => unknown,
  channel: string,
  changes: boolean,
): unknown {
  const unfit = (reason: string) => unusable(channel, reason, changes)
  let data: unknown
  try {
    data = read()
  } catch (error) {
    throw unfit(reasonOf(error))
  }
  return fitting(model, data, unfit)
}

function methodOf({ kind, method }: ChangeSettings, { version }: EntityFormat): HttpRequest['method'] {
  if (kind === 'create') return 'POST'
  if (kind === 'delete') return 'DELETE'
  return method ?? (version === 'V2' ? 'MERGE' : 'PATCH')
}

/** The key is in the address. */
function withoutKey(data: unknown, set: EdmSet, { edm }: EntityFormat): unknown {
  const keys = edm.types.get(set.type)?.keys ?? []
  return Object.fromEntries(Object.entries(data as object).filter(([name]) => !keys.includes(name)))
}

export function withEtag(request: HttpRequest, etag: string): HttpRequest {
  return { ...request, headers: { ...request.headers, 'if-match': etag } }
}

/** As all connectors over HTTP do, for services that look at it. */
export function withEffectKey(request: HttpRequest, effectKey: string): HttpRequest {
  return { ...request, headers: { ...request.headers, 'idempotency-key': effectKey } }
}
