import type { Cheerio, CheerioAPI } from 'cheerio'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Field, LayoutOptions } from './config.ts'
import type { Document } from './document.ts'

type Elements = ReturnType<CheerioAPI>

/** A record of a page: whole, or with what is wrong with it. */
export type ReadRecord =
  | { readonly data: Record<string, unknown> }
  | { readonly flaw: string; readonly html: string }

export interface RecordOptions extends LayoutOptions {
  /** Without it, the page is one record. */
  readonly records?: string | undefined
  readonly fields: Readonly<Record<string, Field>>
  readonly empty?: string | undefined
}

/**
 * The records of a page, or none where it says that it has none. A page that is not as declared is no empty one: throws
 * TARGET-CONTRACT where what is expected is not there, there are no records, or none of them is whole.
 */
export function recordsIn(
  document: Document,
  options: RecordOptions,
  channel: string,
): readonly ReadRecord[] {
  const { $ } = document
  const { records, empty, fields } = options
  const broken = (reason: string) => changed(channel, document, reason)
  for (const [selector, text] of Object.entries(options.expect ?? {})) {
    const held = find($, selector, channel)
    if (held.length === 0) throw broken(`nothing is found by "${selector}", which is expected to say ${text}`)
    const found = textOf(held)
    if (typeof text === 'string' ? found !== text : !text.test(found))
      throw broken(`"${selector}" says ${quoted(found)} and not ${text}`)
  }
  const elements = records === undefined ? $.root() : find($, records, channel)
  if (
    empty !== undefined &&
    find($, empty, channel).length > 0 &&
    (records === undefined || elements.length === 0)
  )
    return []
  if (elements.length === 0) throw broken(`nothing is found by "${records}"`)
  const found = elements.toArray().map(element => recordOf($(element) as Elements, fields))
  if (found.every(each => 'flaw' in each)) throw broken((found[0] as { flaw: string }).flaw)
  return found
}

function recordOf(element: Elements, fields: RecordOptions['fields']): ReadRecord {
  const data: Record<string, unknown> = {}
  try {
    for (const [name, field] of Object.entries(fields)) {
      const value = fieldOf(element, name, typeof field === 'string' ? { at: field } : field)
      if (value !== undefined) data[name] = value
    }
    return { data }
  } catch (error) {
    return { flaw: reasonOf(error), html: element.toString().slice(0, 100_000) }
  }
}

function fieldOf(record: Elements, name: string, field: Exclude<Field, string>): unknown {
  const { at, attribute, all = false, optional = false, read = text => text } = field
  const found = at === undefined ? record : record.find(at)
  const texts = found.toArray().flatMap((_, n) => {
    const one = found.eq(n)
    const text = attribute === undefined ? textOf(one) : one.attr(attribute)
    return text === undefined ? [] : [text]
  })
  const where = `${name} (${at ?? 'the record'}${attribute === undefined ? '' : `, attribute ${attribute}`})`
  if (all) return texts.map(text => tried(read, text, where))
  if (texts.length === 0 && optional) return undefined
  if (texts.length !== 1) throw new Error(`${where} is there ${texts.length} times and not once`)
  return tried(read, texts[0] as string, where)
}

function tried(read: (text: string) => unknown, text: string, where: string): unknown {
  try {
    return read(text)
  } catch (error) {
    throw new Error(`${where} cannot be read: ${reasonOf(error)}`)
  }
}

/** Throws FLOW-DEFINITION for what is no selector. */
export function find($: CheerioAPI, selector: string, channel: string): Elements {
  try {
    return $(selector) as Elements
  } catch (error) {
    throw new IsthmusError('FLOW-DEFINITION', `${channel}: "${selector}" is no selector: ${reasonOf(error)}`)
  }
}

/** The text that people see, with single spaces. */
export function textOf(element: Cheerio<never> | Elements): string {
  return element.text().replace(/\s+/g, ' ').trim()
}

/** The page is not what the channel declares, and nobody can tell what its data mean. */
export function changed(channel: string, { path }: Document, reason: string): IsthmusError {
  const text = `${channel}: the page ${path} has another layout than declared: ${reason}.`
  return new IsthmusError('TARGET-CONTRACT', text)
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
}
