import { IsthmusError } from '../../../errors.ts'
import { Draft, writeFields } from './field.ts'
import type { Layout } from './layout.ts'
import { writeLayout } from './layout-write.ts'
import type { Element, Segment } from './segment.ts'
import { isRepeated } from './segment.ts'
import { checkDistinct, type Separators } from './separators.ts'
import type { Level, Syntax } from './syntax.ts'
import { segmentText } from './tokens.ts'

export interface WriteOptions {
  readonly syntax: Syntax
  readonly separators: Separators
  readonly layouts: readonly Layout[]
  /** Behind each segment. */
  readonly newline: string
  /** Characters that must not be sent. */
  readonly foreign: RegExp
}

type Data = Readonly<Record<string, unknown>>

export interface GroupToWrite {
  readonly group: Data | undefined
  readonly messages: readonly Data[]
}

/**
 * The groups of a record, or of a list of records, which share an interchange; messages of one group follow each other.
 * Throws MSG-ENCODE where they do not.
 */
export function groupsOf(data: unknown): {
  readonly interchange: Data
  readonly groups: readonly GroupToWrite[]
} {
  const records = (Array.isArray(data) ? data : [data]).map(each => objectIn(each, 'a record'))
  const [first] = records
  if (first === undefined) throw refused('there is nothing to write')
  const interchange = objectIn(first.interchange, '"interchange"')
  const groups: { group: Data | undefined; messages: Data[] }[] = []
  for (const record of records) {
    if (!isSame(record.interchange, interchange)) throw refused('the messages are not of one interchange')
    if ('groups' in record) groups.push(...listIn(record.groups, '"groups"').map(groupIn))
    else if (groups.length > 0 && isSame(groups.at(-1)?.group, record.group))
      groups.at(-1)?.messages.push(record)
    else groups.push({ group: headIn(record.group), messages: [record] })
  }
  return { interchange, groups }
}

function groupIn(data: unknown): { group: Data | undefined; messages: Data[] } {
  const { group, messages } = objectIn(data, 'a group')
  return {
    group: headIn(group),
    messages: listIn(messages, '"messages"').map(each => objectIn(each, 'a message')),
  }
}

function headIn(group: unknown): Data | undefined {
  return group === undefined ? undefined : objectIn(group, '"group"')
}

/** Writes the segments of an interchange one after the other. */
export class EdiWriter {
  readonly #options: WriteOptions
  readonly #reserved: ReadonlySet<string>
  readonly #parts: string[] = []

  constructor(options: WriteOptions) {
    this.#options = options
    const { interchange, group, message, begins } = options.syntax
    const { foreign, separators } = options
    checkDistinct({ ...separators, tag: '', decimal: '' })
    const levels = [interchange, group, message].flatMap(({ begin, end }) => [begin, end])
    this.#reserved = new Set([...levels, ...begins])
    if (foreign.test(options.newline.replace(/[\r\n]/g, ''))) throw refused('a newline is made of line ends')
  }

  get text(): string {
    return this.#parts.join('')
  }

  /** Groups and messages with their ends and counts. Answers how many units the interchange has. */
  writeGroups(groups: readonly GroupToWrite[]): number {
    const { syntax } = this.#options
    let units = 0
    for (const { group, messages } of groups) {
      if (group === undefined && !syntax.ungrouped) throw refused('"group" is missing')
      if (groups.some(other => (other.group === undefined) !== (group === undefined)))
        throw refused('messages with and without a group are not of one interchange')
      if (group !== undefined) this.#begin(syntax.group, group)
      for (const message of messages) this.#writeMessage(message)
      if (group !== undefined) this.end(syntax.group, messages.length, String(group.number))
      units += group === undefined ? messages.length : 1
    }
    return units
  }

  #writeMessage(record: Data): void {
    const { message } = this.#options.syntax
    const head = objectIn(record.message, '"message"')
    const segments = this.#segmentsOf(record, String(head.type))
    this.#begin(message, head)
    for (const segment of segments) {
      if (this.#reserved.has(segment.tag)) throw refused(`a segment ${segment.tag} within a message`)
      this.write(segment)
    }
    this.end(message, segments.length + 2, String(head.number))
  }

  #segmentsOf({ segments, data }: Data, type: string): readonly Segment[] {
    const { layouts, separators } = this.#options
    if (segments !== undefined) return listIn(segments, '"segments"').map(segmentIn)
    const layout = layouts.find(each => each.type === type)
    if (layout === undefined)
      throw refused(`there is no layout for messages of type ${type}, and no "segments"`)
    return writeLayout(layout, data, separators.decimal, reason => {
      throw refused(reason)
    })
  }

  #begin(level: Level, head: Data): void {
    this.write({ tag: level.begin, elements: headElements(level, head, this.#options.separators.decimal) })
  }

  end(level: Level, count: number, number: string): void {
    const { numbered } = this.#options.syntax
    this.write({ tag: level.end, elements: numbered ? [String(count), number] : [String(count)] })
  }

  write(segment: Segment): void {
    const { syntax, separators, newline, foreign } = this.#options
    const { tag, elements } = segment
    if (!syntax.tag.test(tag)) throw refused(`${JSON.stringify(tag)} is no tag of a segment`)
    for (const [index, element] of elements.entries()) {
      const found = textsOf(element).find(text => foreign.test(text))
      if (found !== undefined) throw refused(`${nameOf(found, foreign)} must not be sent`, tag, index + 1)
    }
    this.#parts.push(
      segmentText(segment, separators, (reason, element) => {
        throw refused(reason, tag, element)
      }),
      newline,
    )
  }

  /** What is no segment by the rules for others: UNA, ISA. */
  writeRaw(text: string): void {
    this.#parts.push(text, this.#options.newline)
  }
}

/** The elements of the begin of an interchange, group or message. */
export function headElements({ begin, fields }: Level, head: Data, decimal: string): Element[] {
  const draft = new Draft()
  const refuse = (reason: string): never => {
    throw refused(reason, begin)
  }
  writeFields(fields, head, draft, { decimal, refuse })
  return draft.elements
}

export function refused(reason: string, tag?: string, element?: number): IsthmusError {
  const where = [
    ...(tag === undefined ? [] : [tag]),
    ...(element === undefined ? [] : [`element ${element}`]),
  ]
  return new IsthmusError('MSG-ENCODE', where.length === 0 ? reason : `${where.join(', ')}: ${reason}`)
}

/** `U+00E9`, for the first character that must not be sent. */
function nameOf(text: string, foreign: RegExp): string {
  const point = text.codePointAt(text.search(foreign)) ?? 0
  return `the character U+${point.toString(16).toUpperCase().padStart(4, '0')}`
}

function textsOf(element: Element): readonly string[] {
  const values = isRepeated(element) ? element.repeated : [element]
  return values.flat()
}

function segmentIn(value: unknown): Segment {
  const { tag, elements } = objectIn(value, 'a segment')
  if (typeof tag !== 'string') throw refused('a segment without a tag')
  for (const element of listIn(elements, `the elements of ${tag}`)) {
    if (!isElement(element))
      throw refused(`an element of ${tag} is neither text, nor a composite, nor repeated`)
  }
  return { tag, elements: elements as readonly Element[] }
}

function isElement(element: unknown): element is Element {
  const isValue = (each: unknown) =>
    typeof each === 'string' || (Array.isArray(each) && each.every(text => typeof text === 'string'))
  if (isValue(element)) return true
  const { repeated } = Object(element) as { repeated?: unknown }
  return Array.isArray(repeated) && repeated.every(isValue)
}

function objectIn(value: unknown, name: string): Data {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Data
  throw refused(`${name} is no object`)
}

function listIn(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw refused(`${name} is no list`)
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
