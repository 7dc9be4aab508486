import type { Document } from 'mongodb'
import type { Answer, Outgoing, Probed, Sink } from '../../system/roles.ts'
import { Batch } from './batch.ts'
import { type MongoLink, primary } from './client.ts'
import type { CollectionOptions } from './config.ts'
import { notSent, readFailure } from './failure.ts'
import { effectsField } from './from-bson.ts'
import { BsonWriter } from './to-bson.ts'
import { checkUnique } from './unique-index.ts'
import { type Mode, modeOf } from './writing.ts'

/** Writes each record once under its effect key, many in one command. `write` never rejects. */
export class MongoSink implements Sink {
  readonly batch = 200
  readonly concurrency = 2
  readonly #link: MongoLink
  readonly #options: CollectionOptions<unknown>
  readonly #mode: Mode
  #ready: Promise<void> | undefined

  constructor(link: MongoLink, options: CollectionOptions<unknown>) {
    this.#link = link
    this.#options = options
    this.#mode = modeOf(options, new BsonWriter(link.driver, options.types ?? {}, 'data'))
  }

  async write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    try {
      if (signal.aborted) throw notSent()
      await this.#checked(signal)
    } catch (error) {
      return items.map(() => ({ ok: false, error }))
    }
    const batch = new Batch(this.#link, this.#options.collection, this.#mode, signal)
    return batch.write(items)
  }

  /** Rejects when it cannot be told now. */
  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed> {
    const { place, done } = this.#mode.writing(item)
    const [mark] = await this.#find(done, signal)
    if (mark) return { outcome: 'done' }
    const [document] = await this.#find(place, signal)
    const keys = document?.[effectsField]
    const { remember } = this.#mode
    const forgotten = remember !== undefined && Array.isArray(keys) && keys.length >= remember
    return { outcome: forgotten ? 'unknown' : 'absent' }
  }

  async #find(filter: Document, signal: AbortSignal): Promise<Document[]> {
    try {
      return await this.#link.use(signal, (database, signal) => {
        const options = { projection: { [effectsField]: 1 }, readConcern: 'majority', signal } as const
        const collection = database.collection(this.#options.collection, primary)
        return collection.find(filter, options).limit(1).toArray()
      })
    } catch (error) {
      throw readFailure(error, `Looking for an effect in ${this.#options.collection}`)
    }
  }

  /** Once it is well; asked again as often as it is not. */
  #checked(signal: AbortSignal): Promise<void> {
    this.#ready ??= checkUnique(this.#link, this.#options, signal).catch(error => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }
}
