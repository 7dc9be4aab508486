import { x12Characters } from './characters.ts'
import { isGood, type MessageIn, type X12InterchangeRecord } from './interchange.ts'
import { type Problem, problemKinds } from './problem.ts'
import type { Element, Segment } from './segment.ts'
import type { X12Group, X12Interchange, X12Transaction } from './x12-syntax.ts'

/** What an acknowledgement says of itself. The same must be given for the same interchange, so that a repeat is the same. */
export interface AcknowledgeX12Options {
  /** Of the interchange with the acknowledgement: at most nine digits. */
  readonly number: string
  /** When it was made: CCYYMMDD. */
  readonly date: string
  /** HHMM. */
  readonly time: string
}

/** What a 997 says of a group. */
export interface FunctionalAcknowledgement {
  readonly functional: string
  readonly group: string
  /** Accepted, accepted with errors, partially accepted, rejected. */
  readonly status: 'A' | 'E' | 'P' | 'R'
  /** As the sender said; as they were received; as they were accepted. */
  readonly stated: number
  readonly received: number
  readonly accepted: number
  /** Codes of X12 data element 716. */
  readonly errors: readonly string[]
  readonly messages: readonly {
    readonly type: string
    readonly number: string
    readonly status: string
    /** Codes of X12 data element 718. */
    readonly errors: readonly string[]
  }[]
}

/**
 * The functional acknowledgement (997) of an interchange: an interchange to the sender with one transaction set for each
 * group. A message with a problem is rejected, and so are all of a group with one. A list of one, as the items of a
 * split; of none where there is nothing to acknowledge: acknowledgements are not acknowledged themselves.
 */
export function acknowledgeX12(
  record: X12InterchangeRecord<unknown> | X12InterchangeRecord,
  options: AcknowledgeX12Options,
): X12InterchangeRecord[] {
  const { number, date, time } = options
  const groups = record.groups.filter(({ group }) => group !== undefined && group.functional !== 'FA')
  const [first] = groups
  if (first?.group === undefined) return []
  const messages = groups.map((each, index) => ({
    message: { type: '997', number: String(index + 1).padStart(4, '0') },
    segments: segmentsOf(each, record.problems ?? []),
  }))
  // Of a group that says not all of this, what its interchange says.
  const { sender, receiver, agency, version }: Partial<X12Group> = first.group
  const { interchange } = record
  const back: X12Group = {
    functional: 'FA',
    sender: sendable(receiver ?? interchange.receiver.id),
    receiver: sendable(sender ?? interchange.sender.id),
    ...{ date, time, number },
    agency: sendable(agency ?? 'X'),
    version: sendable(version ?? interchange.version),
  }
  return [{ interchange: headOf(record.interchange, options), groups: [{ group: back, messages }] }]
}

/** What was received may hold what must not be sent; what is missing is empty. */
function sendable(text: string | undefined): string {
  return (text ?? '').replace(new RegExp(x12Characters.extended, 'gu'), ' ')
}

function headOf(received: X12Interchange, { number, date, time }: AcknowledgeX12Options): X12Interchange {
  const { sender, receiver, security: _, authorization: __, ...rest } = received
  return { ...rest, sender: receiver, receiver: sender, number, date: date.slice(-6), time, acknowledge: '0' }
}

type GroupIn = X12InterchangeRecord<unknown>['groups'][number]

function segmentsOf(
  { group, messages, stated, problems = [] }: GroupIn,
  around: readonly Problem[],
): Segment[] {
  const all = [...problems, ...around]
  const codes = codesOf(all, 'group')
  const refused = all.length > 0
  const answered = messages.flatMap(each =>
    messageSegments(each as MessageIn<X12Transaction, unknown>, refused),
  )
  const accepted = refused ? 0 : messages.filter(isGood).length
  const status = accepted === messages.length && !refused ? 'A' : accepted === 0 ? 'R' : 'P'
  const counts = [stated ?? messages.length, messages.length, accepted].map(String)
  const { functional = '', number = '' } = group ?? {}
  return [
    { tag: 'AK1', elements: [functional, number].map(sendable) },
    ...answered,
    { tag: 'AK9', elements: [status, ...counts, ...codes.slice(0, 5)] },
  ]
}

function messageSegments(
  { message, problems = [] }: MessageIn<X12Transaction, unknown>,
  refused: boolean,
): Segment[] {
  const segments = [...new Set(problems.map(({ segment }) => segment))]
  const errors = segments.flatMap(number => errorSegments(problems.filter(each => each.segment === number)))
  const sets = codesOf(problems, 'set')
  const codes = errors.length > 0 ? [...new Set([...sets, '5'])] : sets
  const isAccepted = problems.length === 0 && !refused
  return [
    { tag: 'AK2', elements: [message.type, message.number].map(sendable) },
    ...errors,
    { tag: 'AK5', elements: [isAccepted ? 'A' : 'R', ...codes.slice(0, 5)] },
  ]
}

/** AK3 and AK4 for the problems of one segment. */
function errorSegments(problems: readonly Problem[]): Segment[] {
  const own = problems.filter(({ kind }) => ['segment', 'element'].includes(problemKinds[kind].x12[0]))
  const [first] = own
  if (first === undefined) return []
  const elements = own.filter(({ kind }) => problemKinds[kind].x12[0] === 'element')
  const codes = codesOf(own, 'segment')
  const all = elements.length > 0 ? [...codes, '8'] : codes
  return [
    // The code of a loop is one of a dictionary, which is not at hand.
    { tag: 'AK3', elements: [sendable(first.tag), String(first.segment), '', ...all.slice(0, 5)] },
    ...elements
      .filter(({ element }) => element !== undefined)
      .slice(0, 99)
      .map(elementSegment),
  ]
}

function elementSegment({ kind, element = 1, component }: Problem): Segment {
  const position: Element = component === undefined ? String(element) : [String(element), String(component)]
  return { tag: 'AK4', elements: [position, '', problemKinds[kind].x12[1]] }
}

function codesOf(problems: readonly Problem[], level: 'set' | 'group' | 'segment'): string[] {
  return [
    ...new Set(
      problems
        .map(({ kind }) => problemKinds[kind].x12)
        .filter(([at]) => at === level)
        .map(([, code]) => code),
    ),
  ]
}

/** What a 997 says, from its segments. */
export function readAcknowledgementX12(segments: readonly Segment[]): FunctionalAcknowledgement {
  const text = (segment: Segment | undefined, element: number) => {
    const found = segment?.elements[element - 1]
    return typeof found === 'string' ? found : ''
  }
  const end = segments.find(({ tag }) => tag === 'AK9')
  const begin = segments.find(({ tag }) => tag === 'AK1')
  const rest = (segment: Segment | undefined, from: number) =>
    (segment?.elements.slice(from - 1) ?? []).filter(
      each => typeof each === 'string' && each !== '',
    ) as string[]
  const messages = segments.flatMap((segment, index) => {
    if (segment.tag !== 'AK2') return []
    const answer = segments.slice(index).find(({ tag }) => tag === 'AK5' || tag === 'IK5')
    return [
      { type: text(segment, 1), number: text(segment, 2), status: text(answer, 1), errors: rest(answer, 2) },
    ]
  })
  return {
    functional: text(begin, 1),
    group: text(begin, 2),
    status: text(end, 1) as FunctionalAcknowledgement['status'],
    stated: Number(text(end, 2)),
    received: Number(text(end, 3)),
    accepted: Number(text(end, 4)),
    errors: rest(end, 5),
    messages,
  }
}
