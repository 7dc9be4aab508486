import type { Document } from 'mongodb'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Outgoing } from '../../system/roles.ts'
import type { CollectionOptions } from './config.ts'
import { effectsField } from './from-bson.ts'
import type { BsonWriter } from './to-bson.ts'

export const defaultRemembered = 20

/** How one record is written, and found again under its effect key. */
export interface Writing {
  readonly statement: Document
  /** The document that the statement makes or changes. */
  readonly place: Document
  /** The same with what shows that this effect has happened to it. */
  readonly done: Document
}

/** A way of writing records. */
export interface Mode {
  readonly command: 'insert' | 'update'
  /** Member of the command that lists the statements. */
  readonly list: 'documents' | 'updates'
  /** Throws what the record is refused with. */
  writing(item: Outgoing<unknown>): Writing
  /** The same for a document that is known to be there. */
  again?(writing: Writing): Document
  /** Effect keys that a document remembers; all of its life if undefined. */
  readonly remember?: number
}

export function modeOf(options: CollectionOptions<unknown>, writer: BsonWriter): Mode {
  return options.mode === 'insert'
    ? insertMode(writer)
    : upsertMode(options.key, options.remember ?? defaultRemembered, writer)
}

/**
 * A document has its effect key as `_id`, unless the record brings one. Either way a repeat meets the unique index of
 * `_id`, whoever sends it and whenever it arrives.
 */
function insertMode(writer: BsonWriter): Mode {
  return {
    command: 'insert',
    list: 'documents',
    writing({ data, effectKey }) {
      const fields = fieldsOf(data, writer)
      const place = { _id: fields._id ?? effectKey }
      const own = place._id !== effectKey
      return {
        statement: { ...place, ...fields, ...place, ...(own && { [effectsField]: [effectKey] }) },
        place,
        done: own ? { ...place, [effectsField]: effectKey } : place,
      }
    },
  }
}

/**
 * The effect key enters the document in the same atomic change as the record, and only a document without it is
 * changed. A repeat finds no such document, tries to insert one, and meets the unique index of the key.
 */
function upsertMode(key: readonly string[], remember: number, writer: BsonWriter): Mode {
  return {
    command: 'update',
    list: 'updates',
    remember,
    writing({ data, effectKey }) {
      const fields = fieldsOf(data, writer)
      const place = Object.fromEntries(key.map(name => [name, keyValue(name, fields[name])]))
      const { _id, ...rest } = fields
      const set = Object.fromEntries(Object.entries(rest).filter(([name]) => !key.includes(name)))
      const change = {
        ...(Object.keys(set).length > 0 && { $set: set }),
        ...(_id !== undefined && !key.includes('_id') && { $setOnInsert: { _id } }),
        $push: { [effectsField]: { $each: [effectKey], $slice: -remember } },
      }
      return {
        statement: { q: { ...place, [effectsField]: { $ne: effectKey } }, u: change, upsert: true },
        place,
        done: { ...place, [effectsField]: effectKey },
      }
    },
    again: ({ statement }) => ({ ...statement, upsert: false }),
  }
}

function fieldsOf(data: unknown, writer: BsonWriter): Record<string, unknown> {
  if (data === null || typeof data !== 'object' || Array.isArray(data))
    throw new IsthmusError('TARGET-REFUSED', 'A document is made of an object, and the record is none.')
  if (effectsField in data)
    throw new IsthmusError('TARGET-REFUSED', `The field ${effectsField} is not the record's to write.`)
  try {
    return writer.fields(data)
  } catch (error) {
    if (error instanceof IsthmusError) throw error
    throw new IsthmusError('MSG-ENCODE', `No document can be made of the record: ${reasonOf(error)}`)
  }
}

/** A list would mean any of its members, and an object its exact form. */
function keyValue(name: string, value: unknown): unknown {
  const isSimple =
    value !== null &&
    value !== undefined &&
    (typeof value !== 'object' || '_bsontype' in value || value instanceof Date)
  if (isSimple) return value
  throw new IsthmusError('TARGET-REFUSED', `The key field ${name} has no single value.`)
}
