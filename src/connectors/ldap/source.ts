import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Found, fingerprint, LookingSource } from '../looking-source.ts'
import type { EntriesOptions } from './config.ts'
import type { Directory, OpenDirectory } from './directory.ts'
import { type Entry, EntryReader, textOf, valuesOf } from './entry.ts'
import { ldapFilter } from './filter.ts'
import { generalizedTime, instantOf } from './time.ts'

/** The time of the last change that was seen, as the server writes it. */
interface Mark {
  readonly changed: string
}

/** Looks for entries that were changed since the last look, and a little longer. */
export function entriesSource(
  directory: Directory,
  model: Model<unknown>,
  options: EntriesOptions,
  context: ConnectContext,
): LookingSource {
  const { base, scope, filter = ldapFilter`(objectClass=*)`, pageSize = 500 } = options
  const { key = 'entryUUID', changed = 'modifyTimestamp', overlap = '5m', every = '1m' } = options
  const reader = new EntryReader(model.name, model.jsonSchema)
  const attributes = [...reader.names, key, changed]

  /** Entries come in no order, so that the mark moves only when all of them are accepted. */
  async function* look(last: unknown, signal: AbortSignal): AsyncGenerator<Found> {
    let mark = last as Mark | undefined
    const begin = mark && generalizedTime((instantOf(mark.changed) ?? 0) - parseDuration(overlap))
    const since = begin === undefined ? filter : ldapFilter`(&${filter}(${changed}>=${begin}))`
    const query = { base, scope, filter: since, attributes, pageSize }
    for await (const entries of governed(directory, query, context, signal)) {
      const found = entries.map(entry => ({ entry, id: one(entry, key), time: one(entry, changed) }))
      yield { deliveries: found.map(({ entry, id, time }) => delivery(reader, entry, id, time)) }
      for (const { time } of found) mark = later(mark, time)
    }
    if (mark) yield { deliveries: [], mark: { ...mark } }
  }
  return new LookingSource(look, parseDuration(every))
}

/** Pages over one connection, each in its turn. */
async function* governed(
  directory: Directory,
  query: Parameters<OpenDirectory['pages']>[0],
  context: ConnectContext,
  signal: AbortSignal,
): AsyncGenerator<Entry[]> {
  let opened: OpenDirectory | undefined
  let pages: AsyncGenerator<Entry[]> | undefined
  try {
    for (;;) {
      const done = await context.turn(signal)
      try {
        opened ??= await directory.open(signal)
        pages ??= opened.pages(query)
        const { value, done: isLast } = await pages.next()
        done()
        if (isLast) return
        yield value
      } catch (error) {
        done(error)
        throw error
      }
    }
  } finally {
    await opened?.close()
  }
}

function delivery(reader: EntryReader, entry: Entry, key: string, time: string) {
  const head = { time: instantOf(time) }
  try {
    const data = reader.read(entry)
    return { ...head, id: `${key}@${time}#${fingerprint({ data })}`, data }
  } catch (error) {
    return { ...head, id: `${key}@${time}`, defect: reasonOf(error), body: Buffer.from(entry.dn) }
  }
}

function one(entry: Entry, name: string): string {
  const [value] = valuesOf(entry, name)
  if (value) return textOf(value)
  const text = `${entry.dn} shows no ${name} to this user. Remedy: let it be read, or declare another attribute.`
  throw new IsthmusError('TARGET-CONTRACT', text, { fate: 'pause' })
}

function later(mark: Mark | undefined, changed: string): Mark {
  return mark && (instantOf(mark.changed) ?? 0) >= (instantOf(changed) ?? 0) ? mark : { changed }
}
