import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import {
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, idempotent, probed, read } from '../../system/effect.ts'
import { OwnChannels } from '../own-channels.ts'
import type {
  AggregateOptions,
  ChangesOptions,
  CollectionOptions,
  FindOptions,
  ModifiedOptions,
} from './config.ts'
import { aggregateNames, changesNames, collectionNames, findNames, modifiedNames } from './names.ts'
import { checkTypes } from './typed.ts'

/** A write may be repeated under its effect key, and the key can be looked up. */
export type ExactlyOnce = Effect<'idempotent', true>

/** What a system with this connector can declare. */
export interface MongoChannels {
  /** A sink: writes each record as a document, once. */
  collection<T>(name: string, model: Model<T>, options: CollectionOptions<T>): SinkChannel<T, ExactlyOnce>
  /** A source: what happens in a collection, by a change stream. Needs a replica set or a sharded cluster. */
  changes<T>(name: string, model: Model<T>, options: ChangesOptions): SourceChannel<T>
  /** A source: looks again and again for documents with a new date, for servers without change streams. */
  modified<T>(name: string, model: Model<T>, options: ModifiedOptions): SourceChannel<T>
  /** A requester: answers with the documents that a filter finds. */
  find<I, O>(name: string, options: FindOptions<I, O>): RequesterChannel<I, O, Effect<'read', false>>
  /** A requester: answers with what a pipeline gives. */
  aggregate<I, O>(
    name: string,
    options: AggregateOptions<I, O>,
  ): RequesterChannel<I, O, Effect<'read', false>>
}

/** What a channel of this connector carries. */
export type Play =
  | { readonly kind: 'collection'; readonly options: CollectionOptions<unknown> }
  | { readonly kind: 'changes'; readonly options: ChangesOptions }
  | { readonly kind: 'modified'; readonly options: ModifiedOptions }
  | {
      readonly kind: 'query'
      readonly options: FindOptions<unknown, unknown> | AggregateOptions<unknown, unknown>
    }

export const ownChannels = new OwnChannels<Play>('mongodb')

export function mongoChannels(system: string): MongoChannels {
  const channel = (parts: { [part: string]: unknown; name: string }, play: Play) => {
    const id = channelId({ system, name: parts.name })
    checkCollection(id, play.options.collection)
    const options = { ...play, options: Object.freeze({ ...play.options }) } as Play
    return ownChannels.make(system, { ...parts, options })
  }
  const query = (
    name: string,
    options: FindOptions<unknown, unknown> | AggregateOptions<unknown, unknown>,
  ) => {
    const { request: model, response: answer } = options
    return channel({ role: 'requester', name, model, answer, effect: read }, { kind: 'query', options })
  }
  const channels = {
    collection(name: string, model: Model<unknown>, options: CollectionOptions<unknown>) {
      checkOptionNames(channelId({ system, name }), options, collectionNames)
      checkWriting(channelId({ system, name }), options)
      const effect = probed(idempotent)
      return channel({ role: 'sink', name, model, effect }, { kind: 'collection', options })
    },
    changes(name: string, model: Model<unknown>, options: ChangesOptions) {
      checkOptionNames(channelId({ system, name }), options, changesNames)
      return channel({ role: 'source', name, model }, { kind: 'changes', options })
    },
    modified(name: string, model: Model<unknown>, options: ModifiedOptions) {
      checkOptionNames(channelId({ system, name }), options, modifiedNames)
      for (const time of [options.every, options.overlap]) if (time !== undefined) parseDuration(time)
      if (!isField(options.time))
        throw new IsthmusError('FLOW-DEFINITION', `${channelId({ system, name })} needs the name of a field.`)
      return channel({ role: 'source', name, model }, { kind: 'modified', options })
    },
    find(name: string, options: FindOptions<unknown, unknown>) {
      checkOptionNames(channelId({ system, name }), options, findNames)
      return query(name, options)
    },
    aggregate(name: string, options: AggregateOptions<unknown, unknown>) {
      checkOptionNames(channelId({ system, name }), options, aggregateNames)
      return query(name, options)
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as MongoChannels
}

function isField(name: string): boolean {
  return name !== '' && !/[$.\0]/.test(name)
}

function checkCollection(id: string, name: string): void {
  if (name !== '' && !/[$\0]/.test(name) && !name.startsWith('system.')) return
  throw new IsthmusError('FLOW-DEFINITION', `${id} names no collection that can be used: "${name}".`)
}

function checkWriting(id: string, options: CollectionOptions<unknown>): void {
  checkTypes(id, options.types ?? {})
  const refuse = (text: string) => {
    throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
  }
  if (options.mode === 'insert') return
  if (options.mode !== 'upsert') refuse('has a mode that there is not. Use "insert" or "upsert"')
  const { key, remember = 20 } = options
  if (key.length === 0 || !key.every(isField)) refuse('needs a "key" of fields at the top of the document')
  if (!Number.isInteger(remember) || remember < 1 || remember > 1000)
    refuse('remembers a number of effect keys that is not a whole one from 1 to 1000')
}
