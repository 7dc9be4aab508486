import type { Json } from '../../message/json-value.ts'
import type { Driver } from './driver.ts'

/** The `_id` of a document as Extended JSON, which tells types apart. */
export function keyJson(driver: Driver, key: unknown): Json {
  return driver.BSON.EJSON.serialize({ key }, { relaxed: false }).key as Json
}

/** One text per `_id`; text and ObjectId as they are. */
export function keyText(driver: Driver, key: unknown): string {
  if (key instanceof driver.ObjectId) return key.toHexString()
  if (typeof key === 'string' && !key.startsWith('{')) return key
  return JSON.stringify(keyJson(driver, key))
}

/** The `_id` that `keyJson` has written. */
export function keyOf(driver: Driver, json: Json): unknown {
  return driver.BSON.EJSON.deserialize({ key: json }, { relaxed: false }).key
}
