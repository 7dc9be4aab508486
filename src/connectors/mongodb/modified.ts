import type { Collection, Document } from 'mongodb'
import type { Position } from '../../message/message.ts'
import type { Model } from '../../model/model.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Found, LookingSource } from '../looking-source.ts'
import { letGo, type MongoLink, primary } from './client.ts'
import type { ModifiedOptions } from './config.ts'
import { keyText } from './document-key.ts'
import { sourceFailure } from './failure.ts'
import { BsonReader, exactly } from './from-bson.ts'

const page = 500

/**
 * Delivers documents in the order of their dates, under the identity `_id@date`. Each look begins `overlap` before the
 * mark, which is the date up to which everything was seen. A second change of a document within one millisecond has the
 * same identity and is parked as a conflict.
 */
export function modifiedSource(
  link: MongoLink,
  model: Model<unknown>,
  options: ModifiedOptions,
  context: ConnectContext,
): LookingSource {
  const reader = new BsonReader(link.driver, model.jsonSchema)
  const overlap = parseDuration(options.overlap ?? '30s')

  async function* look(mark: Position | undefined, signal: AbortSignal): AsyncIterable<Found> {
    const from = mark === undefined ? undefined : new Date(Date.parse(String(mark)) - overlap)
    const cursor = await link
      .use(signal, async database => documentsFrom(database.collection(options.collection, primary), from))
      .catch(failed)
    // Never beyond the clock: a date in the future must not hide what is yet to come. Nor back.
    const latest = context.now()
    let reached = mark === undefined ? Number.NEGATIVE_INFINITY : Date.parse(String(mark))
    try {
      for (;;) {
        const documents = await nextPage(cursor, signal)
        const last = documents.at(-1)?.[options.time] as Date | undefined
        if (last === undefined) return
        reached = Math.max(reached, Math.min(last.getTime(), latest))
        yield { deliveries: documents.map(deliveryOf), mark: new Date(reached).toISOString() }
      }
    } catch (error) {
      failed(error)
    } finally {
      letGo(cursor)
    }
  }

  function failed(error: unknown): never {
    throw sourceFailure(error, `Reading ${options.collection}`)
  }

  function documentsFrom(collection: Collection<Document>, from: Date | undefined) {
    const bound = from === undefined ? { $type: 'date' } : { $gte: from }
    const settings = { ...exactly, batchSize: page, readConcern: 'majority' } as const
    return collection.find({ [options.time]: bound }, settings).sort({ [options.time]: 1, _id: 1 })
  }

  /** One round to the server, with its turn. */
  async function nextPage(cursor: ReturnType<typeof documentsFrom>, signal: AbortSignal) {
    const done = await context.turn(signal)
    try {
      const first = await link.use(signal, () => cursor.next())
      const documents: Document[] = first ? [first, ...cursor.readBufferedDocuments()] : []
      done()
      return documents
    } catch (error) {
      done(error)
      throw error
    }
  }

  function deliveryOf(document: Document) {
    const time = document[options.time] as Date
    const id = `${keyText(link.driver, document._id)}@${time.toISOString()}`
    return { id, time: time.getTime(), data: reader.record(document) }
  }

  return new LookingSource(look, parseDuration(options.every ?? '5s'))
}
