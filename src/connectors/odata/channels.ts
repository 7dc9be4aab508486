import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import {
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, type EffectKind, probed, read } from '../../system/effect.ts'
import { noAnswer, OwnChannels } from '../own-channels.ts'
import type { ChangeKind, ChangeSettings } from './change.ts'
import type {
  AnsweredOptions,
  CallOptions,
  ChangeOptions,
  CreateOptions,
  CreateProbe,
  EntitiesOptions,
  GetOptions,
  OdataOptions,
  QueryOptions,
  UpdateOptions,
} from './config.ts'
import {
  callNames,
  createNames,
  deleteNames,
  entitiesNames,
  getNames,
  queryNames,
  updateNames,
} from './names.ts'

/** What a system with this connector can declare. A channel with a probe has it in its effect contract. */
export interface OdataChannels {
  /** A source: the records of an entity set, and what changes there. */
  entities<T>(name: string, model: Model<T>, options: EntitiesOptions<T>): SourceChannel<T>
  /** A requester: one record by its key; one that is not there is refused. */
  get<I, O>(name: string, options: GetOptions<I, O>): RequesterChannel<I, O, typeof read>
  /** A requester: the records that match. */
  query<I, O>(name: string, options: QueryOptions<I, O>): RequesterChannel<I, O, typeof read>
  /** New records, with those that belong to them where the data have them (deep insert). */
  create: CreateFactory
  /** Changes records that are there. */
  update: ChangeFactory
  /** Changes records, or makes them where they are not there. */
  upsert: ChangeFactory
  /** A sink: removes records. One that is not there is good where the effect is idempotent, else refused. */
  delete<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: ChangeOptions<K> & Pick<UpdateOptions<T>, 'etag'>,
  ): SinkChannel<T, Effect<K, false>>
  /** A requester: a function, an action, or a function import of V2. */
  call<I, K extends EffectKind, O = null>(
    name: string,
    options: CallOptions<I, O, K>,
  ): RequesterChannel<I, O, Effect<K, false>>
}

/** With a model beside the options it is a sink; with `request` and `response` among them a requester. */
interface CreateFactory {
  <T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: CreateOptions<T, K> & { readonly probe: CreateProbe<T> },
  ): SinkChannel<T, Effect<K, true>>
  <T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: CreateOptions<T, K> & { readonly probe?: undefined },
  ): SinkChannel<T, Effect<K, false>>
  <I, O, K extends EffectKind>(
    name: string,
    options: Omit<CreateOptions<I, K>, 'batch'> & AnsweredOptions<I, O> & { readonly probe: CreateProbe<I> },
  ): RequesterChannel<I, O, Effect<K, true>>
  <I, O, K extends EffectKind>(
    name: string,
    options: Omit<CreateOptions<I, K>, 'batch'> & AnsweredOptions<I, O> & { readonly probe?: undefined },
  ): RequesterChannel<I, O, Effect<K, false>>
}

/** With a model beside the options it is a sink; with `request` and `response` among them a requester. */
interface ChangeFactory {
  <T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: UpdateOptions<T, K>,
  ): SinkChannel<T, Effect<K, false>>
  <I, O, K extends EffectKind>(
    name: string,
    options: Omit<UpdateOptions<I, K>, 'batch'> & AnsweredOptions<I, O>,
  ): RequesterChannel<I, O, Effect<K, false>>
}

/** What a requester that reads has among its options, to be told from the others. */
export type Asking =
  | ({ readonly asks: 'get' } & GetOptions)
  | ({ readonly asks: 'query' } & QueryOptions)
  | ({ readonly asks: 'call' } & CallOptions)
  | ({ readonly asks: 'change' } & ChangeSettings)

type Settings = EntitiesOptions | ChangeSettings | Asking

export const ownChannels = new OwnChannels<Settings>('odata')

const changeKinds: Readonly<Record<ChangeKind, OptionNames<object>>> = {
  create: createNames,
  update: updateNames,
  upsert: updateNames,
  delete: deleteNames,
}

export function odataChannels(system: string, { version }: OdataOptions): OdataChannels {
  const ask = (asks: Asking['asks'], name: string, given: object, effect: Effect = read) => {
    const { request, response } = given as Partial<AnsweredOptions>
    const options = { ...given, asks } as Asking
    return ownChannels.make(system, {
      role: 'requester',
      name,
      model: request,
      answer: response ?? noAnswer,
      effect,
      options,
    })
  }
  const change =
    (kind: ChangeKind) =>
    (name: string, ...given: [object] | [Model<unknown>, object]) => {
      checkOptionNames(channelId({ system, name }), given.at(-1) as object, changeKinds[kind])
      const settings = { ...given.at(-1), kind } as ChangeSettings
      checkChange(channelId({ system, name }), settings, version)
      const effect = settings.probe ? probed(settings.effect) : settings.effect
      if (given.length === 1) return ask('change', name, settings, effect)
      return ownChannels.make(system, { role: 'sink', name, model: given[0], effect, options: settings })
    }
  const channels = {
    entities(name: string, delivered: Model<unknown>, options: EntitiesOptions) {
      checkOptionNames(channelId({ system, name }), options, entitiesNames)
      checkEntities(channelId({ system, name }), options, version)
      return ownChannels.make(system, { role: 'source', name, model: delivered, options })
    },
    get(name: string, options: GetOptions) {
      checkOptionNames(channelId({ system, name }), options, getNames)
      return ask('get', name, options)
    },
    query(name: string, options: QueryOptions) {
      checkOptionNames(channelId({ system, name }), options, queryNames)
      return ask('query', name, options)
    },
    create: change('create'),
    update: change('update'),
    upsert: change('upsert'),
    delete: change('delete'),
    call(name: string, options: CallOptions) {
      checkOptionNames(channelId({ system, name }), options, callNames)
      return ask('call', name, options, options.effect)
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as OdataChannels
}

function checkEntities(id: string, options: EntitiesOptions, version: OdataOptions['version']): void {
  const { changed, delta, paging, pageSize = 1, every = '0s' } = options
  parseDuration(every)
  if (changed?.overlap !== undefined) parseDuration(changed.overlap)
  if (delta && version === 'V2') throw refused(id, 'reads by delta links, which V2 does not have')
  if (delta && changed) throw refused(id, 'has both "delta" and "changed". Leave one of them out')
  if (delta && paging !== undefined) throw refused(id, 'has "paging" beside "delta". Leave it out')
  if (changed && paging !== undefined) throw refused(id, 'has "paging" beside "changed". Leave it out')
  if (!isCount(pageSize)) throw refused(id, `has the pageSize ${pageSize}; it is a whole number from 1 on`)
}

function checkChange(id: string, settings: ChangeSettings, version: OdataOptions['version']): void {
  const { kind, batch = 1, etag, method, response } = settings
  if (!isCount(batch)) throw refused(id, `has the batch ${batch}; it is a whole number from 1 on`)
  if (method === 'MERGE' && version === 'V4') throw refused(id, 'is changed by MERGE, which V4 does not know')
  if (batch === 1) return
  if (response) throw refused(id, 'has a batch, which only sinks can have')
  if (etag === 'read')
    throw refused(id, 'reads etags, which cannot be done within a batch. Leave "batch" out')
  if (kind === 'upsert' && (method !== 'PUT' || version === 'V2'))
    throw refused(
      id,
      'has a batch of upserts, which only V4 services that take PUT for it can do. Declare method: "PUT"',
    )
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1
}

function refused(id: string, text: string): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
}
