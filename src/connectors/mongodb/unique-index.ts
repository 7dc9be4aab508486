import { IsthmusError } from '../../errors.ts'
import type { MongoLink } from './client.ts'
import type { CollectionOptions } from './config.ts'
import { readFailure } from './failure.ts'

interface Index {
  readonly key: Readonly<Record<string, unknown>>
  readonly unique?: boolean
  readonly partialFilterExpression?: unknown
}

/**
 * Rejects with TARGET-CONTRACT unless a unique index holds the key of an upsert: without one, two writers at the same
 * moment would make two documents of one key.
 */
export async function checkUnique(
  link: MongoLink,
  options: CollectionOptions<unknown>,
  signal: AbortSignal,
): Promise<void> {
  if (options.mode === 'insert') return
  const { collection, key }: { collection: string; key: readonly string[] } = options
  if (key.includes('_id')) return
  const indexes = await link
    .command({ listIndexes: collection }, signal)
    .then(reply => reply.cursor.firstBatch as Index[])
    .catch(error => {
      const isMissing = (error as { code?: unknown }).code === 26
      if (isMissing) return []
      throw readFailure(error, `Looking at the indexes of ${collection}`)
    })
  // A unique index on some of the fields holds all of them.
  const isHeld = indexes.some(
    index =>
      index.unique === true &&
      index.partialFilterExpression === undefined &&
      Object.keys(index.key).every(name => key.includes(name)),
  )
  if (isHeld) return
  const fields = JSON.stringify(Object.fromEntries(key.map(name => [name, 1])))
  const remedy = `db.getCollection(${JSON.stringify(collection)}).createIndex(${fields}, { unique: true })`
  throw new IsthmusError(
    'TARGET-CONTRACT',
    `The collection ${collection} has no unique index on ${key.join(', ')}, and without it a repeat could make a second document. Let a person run: ${remedy}`,
    { fate: 'pause' },
  )
}
