import type { IsthmusError } from '../../../errors.ts'
import type { Encoding } from '../encoding.ts'
import { contentOf, type MessageContent } from './content.ts'
import type { Found, FoundBegin, FoundMessage, Head } from './found.ts'
import { KeptBytes } from './kept-bytes.ts'
import type { Layout } from './layout.ts'
import { mostOfInterchange, type Place, type Problem, problemsText } from './problem.ts'
import { EdiReader } from './reader.ts'
import type { Syntax } from './syntax.ts'

/** A record of an interchange, or its bytes with the reason for which it is none. */
export type EdiRecord = Place &
  (
    | { readonly data: unknown; readonly defect?: undefined }
    | { readonly bytes: Uint8Array; readonly defect: string }
  )

export interface RecordOptions {
  readonly syntax: Syntax
  readonly encoding: Encoding
  /** Of the types of messages that are expected; segments if there are none. */
  readonly layouts: readonly Layout[]
  readonly record: 'message' | 'interchange'
  readonly maxRecordBytes: number
}

interface GroupDraft {
  group?: Head
  readonly messages: unknown[]
  stated?: number
  problems?: readonly Problem[]
}

/** Makes records of bytes that are pushed: of each message, or of each interchange. */
export class EdiRecords {
  readonly #options: RecordOptions
  readonly #reader: EdiReader
  readonly #kept: KeptBytes
  #interchange: (FoundBegin & { readonly data: Head }) | undefined
  #group: FoundBegin | undefined
  /** Of an interchange that is a record. */
  #groups: GroupDraft[] = []
  #problems: Problem[] = []
  /** How many problems the interchange has, with those of its messages. */
  #count = 0

  constructor(options: RecordOptions) {
    const { syntax, encoding, maxRecordBytes } = options
    this.#options = options
    this.#reader = new EdiReader({ syntax, encoding, maxMessageBytes: maxRecordBytes })
    this.#kept = new KeptBytes(maxRecordBytes)
  }

  /** The records that are complete with this chunk, which is never overwritten, and what makes the rest unreadable. */
  push(chunk: Uint8Array): { readonly records: EdiRecord[]; readonly fault: IsthmusError | undefined } {
    this.#kept.add(chunk)
    return this.#taken(this.#reader.push(chunk))
  }

  end(): { readonly records: EdiRecord[]; readonly fault: IsthmusError | undefined } {
    return this.#taken(this.#reader.end())
  }

  #taken(fault: IsthmusError | undefined) {
    const isWhole = this.#options.record === 'interchange'
    const records = this.#reader
      .take()
      .flatMap(found => (isWhole ? this.#gather(found) : this.#recordOf(found)))
    this.#kept.forget(
      Math.min(this.#reader.open, isWhole ? (this.#interchange?.offset ?? Infinity) : Infinity),
    )
    return { records, fault }
  }

  #recordOf(found: Found): EdiRecord[] {
    if (found.kind === 'message') return [this.#message(found)]
    if (found.kind === 'interchange') this.#beginInterchange(found)
    if (found.kind === 'group') this.#group = found
    if (found.kind === 'end of group') this.#group = undefined
    return found.problems.length === 0 ? [] : [this.#defect(found, found.problems)]
  }

  #beginInterchange(found: FoundBegin): void {
    this.#group = undefined
    this.#interchange = { ...found, data: interchangeOf(found, this.#options.syntax) }
  }

  #message(found: FoundMessage): EdiRecord {
    const { content, problems } = this.#contentOf(found)
    const around = [...(this.#interchange?.problems ?? []), ...(this.#group?.problems ?? [])]
    if (problems.length + around.length > 0) return this.#defect(found, [...around, ...problems])
    const { offset, line, head } = found
    const group = this.#group && { group: this.#group.head }
    return {
      offset,
      line,
      data: { interchange: this.#interchange?.data, ...group, message: head, ...content },
    }
  }

  #defect({ offset, line, end }: Found, problems: readonly Problem[]): EdiRecord {
    return { offset, line, bytes: this.#kept.range(offset, end), defect: problemsText(problems) }
  }

  #contentOf(found: FoundMessage): MessageContent {
    const { layouts, syntax } = this.#options
    return contentOf(found, { layouts, syntax, decimal: this.#interchange?.separators.decimal ?? '.' })
  }

  /** Collects an interchange, and gives it at its end. */
  #gather(found: Found): EdiRecord[] {
    const { offset = 0 } = this.#interchange ?? {}
    this.#count += found.problems.length
    const isKept = found.end - offset <= this.#options.maxRecordBytes && this.#count <= mostOfInterchange
    if (!isKept && found.kind !== 'interchange' && found.kind !== 'end of interchange') {
      this.#groups = []
      this.#problems = []
      return []
    }
    switch (found.kind) {
      case 'interchange':
        this.#beginInterchange(found)
        this.#groups = []
        this.#problems = []
        this.#count = found.problems.length
        return []
      case 'group':
        this.#groups.push({
          group: found.head,
          messages: [],
          ...(found.problems.length > 0 && { problems: found.problems }),
        })
        this.#group = found
        return []
      case 'message':
        this.#gatherMessage(found)
        return []
      case 'end of group': {
        const group = this.#groups.at(-1) as GroupDraft
        if (Number.isSafeInteger(found.stated)) group.stated = found.stated
        this.#group = undefined
        if (found.problems.length > 0) group.problems = [...(group.problems ?? []), ...found.problems]
        return []
      }
      case 'stray':
        this.#problems.push(...found.problems)
        return []
      case 'end of interchange':
        return [this.#whole(found)]
    }
  }

  #gatherMessage(found: FoundMessage): void {
    const { content, problems } = this.#contentOf(found)
    if (this.#group === undefined && this.#groups.at(-1)?.group !== undefined)
      this.#groups.push({ messages: [] })
    if (this.#groups.length === 0) this.#groups.push({ messages: [] })
    this.#groups
      .at(-1)
      ?.messages.push({ message: found.head, ...content, ...(problems.length > 0 && { problems }) })
  }

  #whole(found: Found): EdiRecord {
    const interchange = this.#interchange as FoundBegin & { readonly data: Head }
    this.#interchange = undefined
    const { offset, line, problems } = interchange
    const size = found.end - offset
    const isTooLarge = size > this.#options.maxRecordBytes
    if (isTooLarge || this.#count > mostOfInterchange || problems.length > 0) {
      const bytes = this.#kept.range(offset, found.end)
      const what = isTooLarge
        ? `${size} bytes, more than ${this.#options.maxRecordBytes}`
        : `problems, more than ${mostOfInterchange}`
      const reason = `line ${line}: the interchange has ${what}`
      return { offset, line, bytes, defect: problems.length > 0 ? problemsText(problems) : reason }
    }
    const all = [...this.#problems, ...found.problems]
    const groups = this.#groups
    return {
      offset,
      line,
      data: { interchange: interchange.data, groups, ...(all.length > 0 && { problems: all }) },
    }
  }
}

/** The begin of an interchange with what it says of its separators. */
function interchangeOf({ head, separators, una }: FoundBegin, { name }: Syntax): Head {
  if (name !== 'X12') return una === undefined ? head : { ...head, una }
  const { element, component, segment } = separators
  return { ...head, separators: { element, component, segment } }
}
