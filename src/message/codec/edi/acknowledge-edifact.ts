import { printable, repertoireOf } from './characters.ts'
import type { EdifactInterchange, EdifactMessageHead } from './edifact-syntax.ts'
import { type EdifactInterchangeRecord, isGood } from './interchange.ts'
import { type Problem, problemKinds } from './problem.ts'
import type { Element, Segment } from './segment.ts'
import { componentOf, valuesOf } from './segment.ts'

/** What an acknowledgement says of itself. The same must be given for the same interchange, so that a repeat is the same. */
export interface AcknowledgeEdifactOptions {
  /** Of the interchange with the acknowledgement: at most 14 characters. */
  readonly number: string
  /** When it was made: YYMMDD, or CCYYMMDD in syntax version 4. */
  readonly date: string
  /** HHMM. */
  readonly time: string
}

/** What a CONTRL says of an interchange. */
export interface ControlMessage {
  readonly interchange: string
  /** Of data element 0083: 4 rejected, 7 accepted where nothing below says otherwise, 8 received. */
  readonly action: string
  /** Of data element 0085, or ''. */
  readonly error: string
  readonly messages: readonly {
    readonly number: string
    readonly type: string
    readonly action: string
    readonly error: string
    /** Each by the position of its segment in the message, UNH being 1. */
    readonly errors: readonly { readonly segment: number; readonly error: string }[]
  }[]
}

type GroupIn = EdifactInterchangeRecord<unknown>['groups'][number]
type AnyMessage = GroupIn['messages'][number]

/**
 * The CONTRL message of an interchange: an interchange to the sender that accepts what is not named, and names each
 * message with a problem, and where that is. A problem of the interchange or of one of its groups rejects all. A list
 * of one, as the items of a split; of none for CONTRL messages, which are not acknowledged themselves.
 */
export function acknowledgeEdifact(
  record: EdifactInterchangeRecord<unknown> | EdifactInterchangeRecord,
  options: AcknowledgeEdifactOptions,
): EdifactInterchangeRecord[] {
  const groups = record.groups as readonly GroupIn[]
  const messages = groups.flatMap(group => group.messages)
  if (messages.every(({ message }) => message.type === 'CONTRL')) return []
  const around = [...(record.problems ?? []), ...groups.flatMap(({ problems = [] }) => problems)]
  const { sender, receiver, syntax, una, test, number } = record.interchange
  const error = around[0]
  const bad = error === undefined ? messages.filter(each => !isGood(each)) : []
  const segments: Segment[] = [
    {
      tag: 'UCI',
      elements: trimmed([
        number,
        partyOf(sender),
        partyOf(receiver),
        error === undefined ? '7' : '4',
        ...errorOf(error),
      ]),
    },
    ...bad.flatMap(each => messageSegments(each, syntax.id)),
  ]
  const interchange: EdifactInterchange = {
    ...{
      syntax,
      sender: receiver,
      receiver: sender,
      date: options.date,
      time: options.time,
      number: options.number,
    },
    ...(una !== undefined && { una }),
    ...(test !== undefined && { test }),
  }
  const message: EdifactMessageHead = {
    number: '1',
    type: 'CONTRL',
    version: 'D',
    release: '3',
    agency: 'UN',
  }
  return [{ interchange, groups: [{ messages: [{ message, segments }] }] }]
}

function messageSegments({ message, problems = [] }: AnyMessage, syntax: string): Segment[] {
  // What was received may hold what must not be sent, and may lack anything.
  const sendable = (text: string | undefined) =>
    (text ?? '').replace(new RegExp(repertoireOf(syntax)?.foreign ?? printable, 'gu'), ' ')
  const { number, type, version, release, agency, association }: Partial<EdifactMessageHead> = message
  const identity = compositeOf([type, version, release, agency, association].map(sendable))
  // Of the message as a whole there is room for one error.
  const whole = problems.find(({ segment }) => segment <= 1) ?? problems.find(isCount)
  const inner = problems.filter(problem => problem !== whole && problem.segment > 1)
  const positions = [...new Set(inner.map(({ segment }) => segment))]
  return [
    { tag: 'UCM', elements: trimmed([sendable(number), identity, '4', ...errorOf(whole)]) },
    ...positions.flatMap(position =>
      segmentErrors(
        position,
        inner.filter(({ segment }) => segment === position),
      ),
    ),
  ]
}

function isCount({ kind }: Problem): boolean {
  return kind === 'message count' || kind === 'message reference' || kind === 'message without end'
}

/** UCS for a segment and UCD for its elements. */
function segmentErrors(position: number, problems: readonly Problem[]): Segment[] {
  const own = problems.find(({ element }) => element === undefined)
  const elements = problems.filter(({ element }) => element !== undefined).slice(0, 99)
  return [
    {
      tag: 'UCS',
      elements: trimmed([String(position), own === undefined ? '' : problemKinds[own.kind].edifact]),
    },
    ...elements.map(problem => ({
      tag: 'UCD',
      elements: [problemKinds[problem.kind].edifact, placeOf(problem)],
    })),
  ]
}

/** The error, the tag of the service segment in which it is, and where. */
function errorOf(problem: Problem | undefined): Element[] {
  if (problem === undefined) return []
  const isService = ['UNB', 'UNZ', 'UNG', 'UNE', 'UNH', 'UNT'].includes(problem.tag)
  return [problemKinds[problem.kind].edifact, isService ? problem.tag : '', isService ? placeOf(problem) : '']
}

/** Source: S011: elements count from the tag, which is 1. */
function placeOf({ element, component }: Problem): Element {
  if (element === undefined) return ''
  return component === undefined ? String(element + 1) : [String(element + 1), String(component)]
}

function partyOf({
  id,
  qualifier = '',
  internal = '',
  subInternal = '',
}: EdifactInterchange['sender']): Element {
  return compositeOf([id, qualifier, internal, subInternal])
}

function compositeOf(texts: readonly string[]): Element {
  const components = trimmed(texts) as string[]
  return components.length > 1 ? components : (components[0] ?? '')
}

function trimmed(elements: readonly Element[]): Element[] {
  let end = elements.length
  while (end > 0 && elements[end - 1] === '') end--
  return elements.slice(0, end)
}

/** What a CONTRL message says, from its segments. */
export function readAcknowledgementEdifact(segments: readonly Segment[]): ControlMessage {
  const text = (segment: Segment | undefined, element: number) =>
    componentOf(valuesOf(segment?.elements[element - 1])[0] ?? '', 1)
  const begin = segments.find(({ tag }) => tag === 'UCI')
  const starts = segments.flatMap(({ tag }, index) => (tag === 'UCM' ? [index] : []))
  const messages = starts.map((start, index) => {
    const [head, ...rest] = segments.slice(start, starts[index + 1])
    let segment = 0
    const errors = rest.flatMap(each => {
      if (each.tag === 'UCS') segment = Number(text(each, 1))
      const error = text(each, each.tag === 'UCS' ? 2 : 1)
      return error === '' ? [] : [{ segment, error }]
    })
    return { number: text(head, 1), type: text(head, 2), action: text(head, 3), error: text(head, 4), errors }
  })
  return { interchange: text(begin, 1), action: text(begin, 4), error: text(begin, 5), messages }
}
