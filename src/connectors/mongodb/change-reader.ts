import type { Document } from 'mongodb'
import { reasonOf } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import type { Delivery } from '../../message/message.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { fingerprint } from '../looking-source.ts'
import type { Change, ChangesOptions } from './config.ts'
import { keyText } from './document-key.ts'
import type { Driver } from './driver.ts'
import { BsonReader } from './from-bson.ts'

const operations: ReadonlySet<unknown> = new Set(['insert', 'update', 'replace', 'delete'])

/** Makes deliveries of change events, and of documents that are copied. None for what is left out. */
export class ChangeReader {
  readonly #driver: Driver
  readonly #reader: BsonReader
  readonly #record: ChangesOptions['record']

  constructor(driver: Driver, schema: JsonSchema, record: ChangesOptions['record']) {
    this.#driver = driver
    this.#reader = new BsonReader(driver, schema)
    this.#record = record
  }

  /** Under the resume token of the event, which is unique in a cluster. */
  event(event: Document): Delivery[] {
    const { operationType, _id, fullDocument, documentKey, clusterTime, wallTime } = event
    if (!operations.has(operationType)) return []
    const seconds = clusterTime?.getHighBitsUnsigned?.()
    const time = wallTime instanceof Date ? wallTime.getTime() : seconds && seconds * 1000
    return this.#deliveries(
      { operation: operationType, key: documentKey?._id, document: fullDocument, time },
      () => _id._data,
    )
  }

  /** Under the key with a print of the content: a copy that is made anew finds documents that have changed. */
  copy(document: Document): Delivery[] {
    const key = keyText(this.#driver, document._id)
    const change = { operation: 'insert', key: document._id, document, time: undefined } as const
    return this.#deliveries(change, delivery => `copy ${key} ${fingerprint(delivery)}`)
  }

  #deliveries(
    event: Omit<Change, 'key' | 'document'> & { key: unknown; document: Document | null | undefined },
    idOf: (delivery: Delivery) => string,
  ): Delivery[] {
    const { time, document } = event
    try {
      const data = this.#data(event)
      return data === undefined ? [] : [{ id: idOf({ data }), time, data }]
    } catch (error) {
      const text = this.#driver.BSON.EJSON.stringify(document ?? {}, { relaxed: false })
      const defect = { defect: reasonOf(error), body: Buffer.from(text) }
      return [{ id: idOf(defect), time, ...defect }]
    }
  }

  #data({
    operation,
    key,
    document,
    time,
  }: Omit<Change, 'key' | 'document'> & { key: unknown; document: Document | null | undefined }): unknown {
    if (!this.#record) return document ? this.#reader.record(document) : undefined
    return this.#record({
      operation,
      key: this.#reader.value(document?._id ?? key) as Json,
      document: document ? this.#reader.whole(document) : undefined,
      time,
    })
  }
}
