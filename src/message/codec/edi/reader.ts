import { IsthmusError } from '../../../errors.ts'
import type { Encoding } from '../encoding.ts'
import { controlsBut, repertoireOf } from './characters.ts'
import type { Found, FoundEnd, Head } from './found.ts'
import { readHead } from './head.ts'
import { Numbers } from './numbers.ts'
import { mostProblems, type Place, type Problem, type ProblemKind } from './problem.ts'
import { type RawSegment, Scanner } from './scanner.ts'
import type { Segment } from './segment.ts'
import type { Separators } from './separators.ts'
import { type Level, type Syntax, textOf } from './syntax.ts'
import { readSegment } from './tokens.ts'

export interface ReaderOptions {
  readonly syntax: Syntax
  /** Where the syntax identifier of the first interchange says this, others may say another. */
  readonly encoding: Encoding
  /** Segments of a larger message are not kept. */
  readonly maxMessageBytes: number
}

interface Open extends Place {
  readonly number: string
  /** Segments of a message; messages of a group; groups of an interchange or, without groups, messages. */
  count: number
}

interface OpenInterchange extends Open {
  readonly groups: Numbers
  readonly messages: Numbers
  grouped: boolean | undefined
  /** Messages, those in groups too. */
  total: number
}

interface OpenMessage extends Open {
  readonly head: Head
  readonly segments: Segment[]
  readonly places: Place[]
  readonly problems: Problem[]
}

/**
 * Reads interchanges that are pushed as bytes. What cannot be read further throws MSG-DECODE or MSG-LIMIT; anything else
 * that is wrong is a problem of what it is found in. Memory is that of one message and the numbers that have occurred.
 */
export class EdiReader {
  readonly #syntax: Syntax
  readonly #options: ReaderOptions
  readonly #scanner: Scanner
  readonly #interchanges = new Set<string>()
  /** Whether the channel reads what syntax identifiers say; undefined before the first. */
  #obedient: boolean | undefined
  #separators: Separators | undefined
  #controls = controlsBut('')
  #interchange: OpenInterchange | undefined
  #group: (Open & { readonly messages: Numbers }) | undefined
  #message: OpenMessage | undefined
  #found: Found[] = []
  #raw: RawSegment = { offset: 0, line: 1, end: 0, text: '', defect: undefined }

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#syntax = options.syntax
    const { begins, advice } = options.syntax
    this.#scanner = new Scanner({ begins, advice, encoding: options.encoding })
  }

  /** Where the message or segment begins that is not complete yet. */
  get open(): number {
    return this.#message?.offset ?? this.#scanner.offset
  }

  /** Answers what makes the rest unreadable. */
  push(chunk: Uint8Array): IsthmusError | undefined {
    return this.#readAll(this.#scanner.push(chunk))
  }

  /** The bytes end here. Answers what is wrong with that. */
  end(): IsthmusError | undefined {
    const fault = this.#readAll(this.#scanner.end())
    if (fault !== undefined || this.#interchange === undefined) return fault
    const { begin, end } = this.#syntax.interchange
    const { line, offset } = this.#interchange
    return new IsthmusError(
      'MSG-DECODE',
      `the interchange that begins in line ${line} is not ended: ${end} is missing for the ${begin} at byte ${offset}`,
      { detail: { line, offset } },
    )
  }

  /** What was found since it was last asked. */
  take(): Found[] {
    const found = this.#found
    this.#found = []
    return found
  }

  #readAll(segments: Iterable<RawSegment>): IsthmusError | undefined {
    try {
      for (const raw of segments) this.#read(raw)
      return undefined
    } catch (error) {
      if (error instanceof IsthmusError) return error
      throw error
    }
  }

  #read(raw: RawSegment): void {
    this.#raw = raw
    const { interchange } = this.#syntax
    if (raw.text.startsWith(interchange.begin)) {
      this.#beginInterchange()
      return
    }
    if (this.#separators === undefined) throw this.#notBegun()
    const problems: Problem[] = []
    const segment = this.#segment(raw, this.#separators, problems)
    const { tag } = segment
    if (tag === this.#syntax.message.begin) this.#beginMessage(segment, problems)
    else if (tag === this.#syntax.group.begin) this.#beginGroup(segment, problems)
    else if (tag === interchange.end) this.#endInterchange(segment, problems)
    else if (tag === this.#syntax.group.end && this.#group !== undefined) this.#endGroup(segment, problems)
    else if (this.#message === undefined) this.#stray(segment, problems)
    else if (tag === this.#syntax.message.end) this.#endMessage(this.#message, segment, problems)
    else this.#add(this.#message, segment, problems)
  }

  /** Behind the separators that a file says, something else stands than the interchange that they are for. */
  #notBegun(): IsthmusError {
    const { offset, line } = this.#raw
    const reason = `line ${line}, byte ${offset}: no interchange begins here: ${this.#syntax.interchange.begin} expected`
    return new IsthmusError('MSG-DECODE', reason, { detail: { line, offset } })
  }

  #segment(raw: RawSegment, separators: Separators, problems: Problem[]): Segment {
    const { text, defect } = raw
    const segment = readSegment(text, separators, (reason, element) =>
      problems.push(this.#problem('syntax', reason, segmentTag(text, separators), element)),
    )
    const { tag } = segment
    if (defect !== undefined) problems.push(this.#problem('characters', defect, tag))
    if (!this.#syntax.tag.test(tag))
      problems.push(this.#problem('syntax', 'is no segment: its tag is not one', cut(tag)))
    if (this.#controls.test(text)) problems.push(this.#control(text, separators, tag))
    return segment
  }

  #control(text: string, separators: Separators, tag: string): Problem {
    const at = text.search(this.#controls)
    const code = text.charCodeAt(at)
    const element = text.slice(0, at).split(separators.element).length - 1
    const name = `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    const isLineEnd = code === 10 || code === 13
    const what = isLineEnd
      ? 'a line end within the segment: is the end of one missing there?'
      : `${name} in the text`
    const problem = this.#problem('characters', what, cut(tag), element || undefined)
    return { ...problem, line: problem.line + text.slice(0, at).split('\n').length - 1 }
  }

  #problem(kind: ProblemKind, reason: string, tag: string, element?: number, component?: number): Problem {
    const { offset, line } = this.#raw
    const segment = this.#message === undefined ? 0 : this.#message.count + 1
    return {
      kind,
      reason,
      tag,
      offset,
      line,
      segment,
      ...(element && { element }),
      ...(component && { component }),
    }
  }

  #beginInterchange(): void {
    this.#breakOff('interchange without end', this.#syntax.interchange.begin)
    const { offset, line, end } = this.#raw
    const advised = this.#scanner.separators as Separators
    // Of X12, the segment itself holds the characters that divide others.
    const own = {
      ...advised,
      repetition: '',
      component: this.#syntax.name === 'X12' ? '' : advised.component,
    }
    this.#controls = controlsBut(Object.values(advised).join(''))
    const problems: Problem[] = []
    const segment = this.#segment(this.#raw, own, problems)
    const separators = this.#syntax.refine(advised, segment)
    this.#separators = this.#scanner.separators = separators
    this.#controls = controlsBut(Object.values(separators).join(''))
    if (this.#syntax.name === 'EDIFACT') this.#obey(segment, problems)
    const head = this.#head(this.#syntax.interchange, segment, problems)
    const number = String(head.number ?? '')
    const identity = JSON.stringify([head.sender, head.receiver, number])
    if (this.#interchanges.has(identity))
      problems.push(
        this.#problem('interchange duplicate', `the interchange ${number} is there twice`, segment.tag),
      )
    this.#interchanges.add(identity)
    const numbers = { groups: new Numbers(), messages: new Numbers() }
    this.#interchange = { offset, line, number, count: 0, ...numbers, grouped: undefined, total: 0 }
    const { una } = this.#scanner
    this.#found.push({ kind: 'interchange', offset, line, end, head, separators, una, problems })
  }

  /** Turns to the encoding that a syntax identifier says, unless the channel had said another at the begin. */
  #obey(segment: Segment, problems: Problem[]): void {
    const id = textOf(segment, 1)
    const repertoire = repertoireOf(id)
    if (repertoire === undefined)
      problems.push(
        this.#problem(
          'syntax unsupported',
          `the syntax identifier ${JSON.stringify(cut(id))} is not known`,
          'UNB',
          1,
        ),
      )
    this.#obedient ??= repertoire?.encoding === this.#options.encoding
    if (this.#obedient && repertoire !== undefined) this.#scanner.encoding = repertoire.encoding
  }

  #head(level: Level, segment: Segment, problems: Problem[]): Head {
    return readHead(level, segment, this.#separators?.decimal ?? '.', (kind, reason, element, component) =>
      problems.push(this.#problem(kind, reason, segment.tag, element, component)),
    )
  }

  #beginGroup(segment: Segment, problems: Problem[]): void {
    this.#breakOff('group without end', segment.tag)
    const { offset, line, end } = this.#raw
    const head = this.#head(this.#syntax.group, segment, problems)
    const number = String(head.number ?? '')
    const interchange = this.#interchange
    if (interchange?.grouped === false)
      problems.push(this.#problem('mixed', 'a group beside messages without one', segment.tag))
    if (interchange !== undefined) {
      interchange.grouped = true
      interchange.count++
      if (!interchange.groups.add(number))
        problems.push(this.#problem('group duplicate', `the group ${number} is there twice`, segment.tag))
    }
    this.#group = { offset, line, number, count: 0, messages: new Numbers() }
    const separators = this.#separators as Separators
    this.#found.push({ kind: 'group', offset, line, end, head, separators, una: undefined, problems })
  }

  #beginMessage(segment: Segment, problems: Problem[]): void {
    this.#breakOff('message without end', segment.tag)
    const { offset, line } = this.#raw
    const head = this.#head(this.#syntax.message, segment, problems)
    const number = String(head.number ?? '')
    this.#message = { offset, line, number, count: 1, head, segments: [], places: [], problems: [] }
    const report = (kind: ProblemKind, reason: string, element?: number) =>
      problems.push({ ...this.#problem(kind, reason, segment.tag, element), segment: 1 })
    const parent = this.#group ?? this.#interchange
    if (this.#interchange !== undefined) this.#interchange.total++
    if (this.#group === undefined && !this.#syntax.ungrouped)
      report('outside of a message', 'stands outside of a group')
    if (this.#group === undefined && this.#interchange !== undefined) {
      if (this.#interchange.grouped === true) report('mixed', 'a message beside groups')
      this.#interchange.grouped ??= false
    }
    if (parent !== undefined) {
      if (parent === this.#group || this.#syntax.ungrouped) parent.count++
      if (!parent.messages.add(number))
        report(
          'message duplicate',
          `the number ${number} is there twice`,
          this.#syntax.name === 'X12' ? 2 : 1,
        )
    }
    this.#message.problems.push(...problems.map(problem => ({ ...problem, segment: 1 })))
  }

  #add(message: OpenMessage, segment: Segment, problems: Problem[]): void {
    const { offset, line, end } = this.#raw
    if (message.problems.length < mostProblems) message.problems.push(...problems)
    message.count++
    if (end - message.offset <= this.#options.maxMessageBytes) {
      message.segments.push(segment)
      message.places.push({ offset, line })
    } else if (!message.problems.some(({ kind }) => kind === 'too large')) {
      message.segments.length = message.places.length = 0
      const reason = `the message is larger than ${this.#options.maxMessageBytes} bytes`
      message.problems.unshift(this.#problem('too large', reason, segment.tag))
    }
  }

  #endMessage(message: OpenMessage, segment: Segment, problems: Problem[]): void {
    message.problems.push(...problems)
    this.#compare(message, segment, message.count + 1, 'segments', 'message', message.problems)
    this.#closeMessage(this.#raw.end)
  }

  #closeMessage(end: number): void {
    const { offset, line, head, segments, places, problems } = this.#message as OpenMessage
    this.#message = undefined
    this.#found.push({ kind: 'message', offset, line, end, head, segments, places, problems })
  }

  #endGroup(segment: Segment, problems: Problem[]): void {
    this.#breakOff('message without end', segment.tag)
    const group = this.#group as Open
    this.#compare(group, segment, group.count, 'messages', 'group', problems)
    this.#group = undefined
    this.#end('end of group', problems, Number(textOf(segment, 1)))
  }

  #endInterchange(segment: Segment, problems: Problem[]): void {
    this.#breakOff('group without end', segment.tag)
    const interchange = this.#interchange
    if (interchange !== undefined) {
      const { ungrouped, numbered } = this.#syntax
      const counted = numbered ? interchange.count : interchange.total
      const units = numbered && (interchange.grouped || !ungrouped) ? 'groups' : 'messages'
      this.#compare(interchange, segment, counted, units, 'interchange', problems)
    }
    this.#interchange = undefined
    this.#scanner.separators = undefined
    this.#end('end of interchange', problems, Number.NaN)
  }

  #compare(
    open: Open,
    end: Segment,
    counted: number,
    units: string,
    level: 'message' | 'group' | 'interchange',
    problems: Problem[],
  ): void {
    const [count, number] = [textOf(end, 1), textOf(end, 2)]
    if (!/^[0-9]{1,10}$/.test(count) || Number(count) !== counted)
      problems.push(
        this.#problem(
          `${level} count`,
          `says ${cut(count) || 'nothing'} where there are ${counted} ${units}`,
          end.tag,
          1,
        ),
      )
    const { numbered } = this.#syntax
    if (numbered && number !== open.number)
      problems.push(
        this.#problem(
          `${level} reference`,
          `has the number ${JSON.stringify(cut(number))}, and its begin ${JSON.stringify(cut(open.number))}`,
          end.tag,
          2,
        ),
      )
    const most = numbered ? 2 : 1
    if (end.elements.length > most)
      problems.push(this.#problem('too many', `has more than ${most} elements`, end.tag, most + 1))
  }

  #end(kind: FoundEnd['kind'], problems: readonly Problem[], stated: number): void {
    const { offset, line, end } = this.#raw
    this.#found.push({ kind, offset, line, end, problems, stated })
  }

  /** An end that is missing has a place of its own, `before` bytes before the segment that came instead of it. */
  #missing(kind: FoundEnd['kind'], problem: Problem, before: number): void {
    const { offset, line } = this.#raw
    this.#found.push({
      kind,
      offset: offset - before,
      line,
      end: offset,
      problems: [problem],
      stated: Number.NaN,
    })
  }

  #stray(segment: Segment, problems: Problem[]): void {
    const place = this.#group === undefined ? 'a group or message' : 'a message'
    this.#end(
      'stray',
      [this.#problem('outside of a message', `stands outside of ${place}`, cut(segment.tag)), ...problems],
      Number.NaN,
    )
  }

  /** Ends what is still open where something begins or ends that cannot be in it. */
  #breakOff(
    kind: 'message without end' | 'group without end' | 'interchange without end',
    tag: string,
  ): void {
    const { message, group, interchange } = this.#syntax
    if (this.#message !== undefined) {
      this.#message.problems.push(
        this.#problem('message without end', `${message.end} is missing before this`, tag),
      )
      this.#closeMessage(this.#raw.offset)
    }
    if (kind === 'message without end') return
    if (this.#group !== undefined) {
      const reason = `${group.end} is missing before this`
      this.#missing('end of group', this.#problem('group without end', reason, tag), 2)
      this.#group = undefined
    }
    if (kind === 'group without end' || this.#interchange === undefined) return
    const reason = `${interchange.end} is missing before this`
    this.#missing('end of interchange', this.#problem('interchange without end', reason, tag), 1)
    this.#interchange = undefined
  }
}

function segmentTag(text: string, { tag }: Separators): string {
  return cut(text.split(tag, 1)[0] ?? '')
}

/** Cut so that a hostile one cannot flood a log. */
function cut(text: string): string {
  return text.length > 20 ? `${text.slice(0, 20)}...` : text
}
