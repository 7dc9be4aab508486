import type { ChangeStream, Document } from 'mongodb'
import { IsthmusError } from '../../errors.ts'
import type { Delivery, Position } from '../../message/message.ts'
import type { Model } from '../../model/model.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { acceptPatiently, pause } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { ChangeReader } from './change-reader.ts'
import { letGo, type MongoLink, primary } from './client.ts'
import type { ChangesOptions } from './config.ts'
import { keyJson, keyOf } from './document-key.ts'
import { sourceFailure } from './failure.ts'
import { exactly } from './from-bson.ts'

const page = 500
/** How long the server waits for something to happen before it answers, in milliseconds. */
const patience = 1000
/** Pause after an empty answer, for servers that do not wait. */
const rest = 50
/** A stream in which nothing happens stores its place so often, lest the oplog leave it behind. */
const refresh = 60_000

/** Events after which the documents of a collection are gone, or have another place. */
const endings = new Set(['drop', 'rename', 'dropDatabase'])

/** Where to go on. While `copying`, all up to `after` is copied, and the token is that of before the copying began. */
interface Place {
  readonly token: { readonly _data: string }
  readonly copying?: { readonly after?: Position }
}

/**
 * Delivers what happens in a collection, by a change stream. The resume token is stored with what was accepted, and
 * with nothing at the very first start, so that nothing is missed from then on. A token that the oplog has left behind
 * ends in SOURCE-GAP.
 */
export class ChangesSource implements Source {
  readonly #link: MongoLink
  readonly #options: ChangesOptions
  readonly #context: ConnectContext
  readonly #reader: ChangeReader

  constructor(link: MongoLink, model: Model<unknown>, options: ChangesOptions, context: ConnectContext) {
    this.#link = link
    this.#options = options
    this.#context = context
    this.#reader = new ChangeReader(link.driver, model.jsonSchema, options.record)
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    try {
      let place = (await intake.position()) as unknown as Place | undefined
      place ??= await this.#begin(intake, signal)
      if (place?.copying) place = await this.#copy(place, intake, signal)
      if (place) await this.#follow(place, intake, signal)
    } catch (error) {
      if (!signal.aborted) throw sourceFailure(error, `Following ${this.#options.collection}`)
    }
  }

  /** Takes the token first: what happens from here on comes by the stream, whatever a copy shows of it. */
  async #begin(intake: Intake, signal: AbortSignal): Promise<Place | undefined> {
    const stream = await this.#open(undefined, signal)
    try {
      await this.#turn(signal, () => this.#link.use(signal, () => stream.tryNext()))
      const token = stream.resumeToken as Place['token'] | undefined
      if (token === undefined)
        throw new IsthmusError('TARGET-CONTRACT', 'The server gives no resume tokens.', { fate: 'pause' })
      const place: Place = { token, ...(this.#options.from === 'beginning' && { copying: {} }) }
      return (await this.#accept([], place, intake, signal)) ? place : undefined
    } finally {
      letGo(stream)
    }
  }

  /** Delivers all documents in the order of `_id`; undefined if it was given up. */
  async #copy(start: Place, intake: Intake, signal: AbortSignal): Promise<Place | undefined> {
    let place = start
    for (;;) {
      const documents = await this.#turn(signal, () => this.#documentsAfter(place.copying?.after, signal))
      const last = documents.at(-1)
      if (last === undefined) {
        const copied = { token: place.token }
        return (await this.#accept([], copied, intake, signal)) ? copied : undefined
      }
      place = { token: place.token, copying: { after: keyJson(this.#link.driver, last._id) } }
      const deliveries = documents.flatMap(document => this.#reader.copy(document))
      if (!(await this.#accept(deliveries, place, intake, signal))) return undefined
    }
  }

  /** `$expr` compares keys of different types too, in the order in which they are sorted. */
  async #documentsAfter(after: Position | undefined, signal: AbortSignal): Promise<Document[]> {
    const { driver } = this.#link
    const bound = after === undefined ? {} : { $expr: { $gt: ['$_id', { $literal: keyOf(driver, after) }] } }
    const options = { ...exactly, readConcern: 'majority', batchSize: page } as const
    return this.#link.use(signal, (database, signal) => {
      const collection = database.collection(this.#options.collection, primary)
      return collection
        .find(bound, { ...options, signal })
        .sort({ _id: 1 })
        .limit(page)
        .toArray()
    })
  }

  async #follow(start: Place, intake: Intake, signal: AbortSignal): Promise<void> {
    let place = start
    while (!signal.aborted) {
      const stream = await this.#open(place, signal)
      try {
        place = await this.#deliver(stream, place, intake, signal)
      } finally {
        letGo(stream)
      }
    }
  }

  /** Delivers until the signal aborts, or until the stream ends because the collection was dropped or renamed. */
  async #deliver(stream: ChangeStream, start: Place, intake: Intake, signal: AbortSignal): Promise<Place> {
    let place = start
    let stored = this.#context.now()
    // To listen for as long as the server likes is one call, which takes its turn until the first answer.
    // A stream answers about every second, also when there is nothing: one that is silent is dead, and must not look well.
    const listen = () => this.#link.use(signal, () => nextEvents(stream))
    let look = () => this.#turn(signal, listen)
    while (!signal.aborted) {
      const events = await look()
      look = listen
      const token = (events.at(-1)?._id ?? stream.resumeToken) as Place['token']
      const isDue = token._data !== place.token._data && this.#context.now() - stored >= refresh
      if (events.length === 0 && !isDue) {
        await pause(rest, signal)
        continue
      }
      for (const { operationType } of events) if (endings.has(operationType)) this.#warn(operationType)
      const next = { token: { _data: token._data } }
      if (
        !(await this.#accept(
          events.flatMap(event => this.#reader.event(event)),
          next,
          intake,
          signal,
        ))
      )
        return place
      place = next
      stored = this.#context.now()
      if (events.some(({ operationType }) => operationType === 'invalidate')) return place
    }
    return place
  }

  async #accept(
    deliveries: readonly Delivery[],
    place: Place,
    intake: Intake,
    signal: AbortSignal,
  ): Promise<boolean> {
    const position = place as unknown as Position
    return (await acceptPatiently(intake, deliveries, { position }, signal)) !== undefined && !signal.aborted
  }

  /** `startAfter` goes on behind an invalidate event too. */
  async #open(place: Place | undefined, signal: AbortSignal): Promise<ChangeStream> {
    const start = place && { startAfter: place.token }
    const options = { ...exactly, ...start, fullDocument: 'updateLookup', maxAwaitTimeMS: patience }
    return this.#link.use(signal, async database =>
      database.collection(this.#options.collection, primary).watch([], { ...options, batchSize: page }),
    )
  }

  async #turn<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const done = await this.#context.turn(signal)
    try {
      const result = await call()
      done()
      return result
    } catch (error) {
      done(error)
      throw error
    }
  }

  #warn(operation: string): void {
    const { collection } = this.#options
    const text = `the collection ${collection} had a ${operation}. Its documents were not deleted one by one, and no deletions are delivered for them.`
    this.#context.log('warn', text)
  }
}

/** One round to the server: what it sent at once. */
async function nextEvents(stream: ChangeStream): Promise<Document[]> {
  const events: Document[] = []
  do {
    const event = await stream.tryNext()
    if (event === null) break
    events.push(event)
  } while (stream.bufferedCount() > 0 && events.length < page)
  return events
}
