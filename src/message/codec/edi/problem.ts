/** Where in the bytes that were read: the byte from 0, the line from 1. */
export interface Place {
  readonly offset: number
  readonly line: number
}

/** More of one message are not kept. */
export const mostProblems = 100

/** An interchange with more is set aside whole: it is none, and each of them takes memory. */
export const mostOfInterchange = 10_000

/** What is wrong with an interchange, group or message, and where. */
export interface Problem extends Place {
  readonly kind: ProblemKind
  readonly reason: string
  readonly tag: string
  /** Of the segment within its message, the first (ST, UNH) being 1; 0 where it belongs to none. */
  readonly segment: number
  /** From 1. */
  readonly element?: number | undefined
  /** From 1. */
  readonly component?: number | undefined
}

/**
 * Each kind of problem with its codes in acknowledgements. Sources: X12 data elements 716 (group), 718 (transaction
 * set), 720 (segment) and 723 (element), a 997 having none for interchanges; EDIFACT data element 0085.
 */
export const problemKinds = {
  syntax: { x12: ['set', '5'], edifact: '18' },
  characters: { x12: ['element', '6'], edifact: '21' },
  'too large': { x12: ['set', '5'], edifact: '18' },
  'element missing': { x12: ['element', '1'], edifact: '13' },
  'element too short': { x12: ['element', '4'], edifact: '40' },
  'element too long': { x12: ['element', '5'], edifact: '39' },
  'element invalid': { x12: ['element', '6'], edifact: '12' },
  'code invalid': { x12: ['element', '7'], edifact: '12' },
  'date invalid': { x12: ['element', '8'], edifact: '12' },
  'time invalid': { x12: ['element', '9'], edifact: '12' },
  'too many': { x12: ['element', '3'], edifact: '16' },
  'segment unknown': { x12: ['segment', '6'], edifact: '15' },
  'segment unexpected': { x12: ['segment', '2'], edifact: '15' },
  'segment missing': { x12: ['segment', '3'], edifact: '13' },
  'segment repeated': { x12: ['segment', '5'], edifact: '35' },
  'group repeated': { x12: ['segment', '4'], edifact: '36' },
  'outside of a message': { x12: ['group', '5'], edifact: '33' },
  'message unknown': { x12: ['set', '1'], edifact: '14' },
  'message without end': { x12: ['set', '2'], edifact: '13' },
  'message reference': { x12: ['set', '3'], edifact: '28' },
  'message count': { x12: ['set', '4'], edifact: '29' },
  'message duplicate': { x12: ['set', '23'], edifact: '26' },
  'group without end': { x12: ['group', '3'], edifact: '13' },
  'group reference': { x12: ['group', '4'], edifact: '28' },
  'group count': { x12: ['group', '5'], edifact: '29' },
  'group duplicate': { x12: ['group', '6'], edifact: '26' },
  'interchange without end': { x12: ['interchange', ''], edifact: '13' },
  'interchange reference': { x12: ['interchange', ''], edifact: '28' },
  'interchange count': { x12: ['interchange', ''], edifact: '29' },
  'interchange duplicate': { x12: ['interchange', ''], edifact: '26' },
  'syntax unsupported': { x12: ['interchange', ''], edifact: '2' },
  mixed: { x12: ['interchange', ''], edifact: '30' },
} as const satisfies Record<
  string,
  { x12: readonly ['interchange' | 'set' | 'group' | 'segment' | 'element', string]; edifact: string }
>

export type ProblemKind = keyof typeof problemKinds

/** `line 4, segment 3 (N1), element 2: ...` */
export function problemText({ line, segment, tag, element, component, reason }: Problem): string {
  const where = [`line ${line}`, segment === 0 ? tag : `segment ${segment} (${tag})`]
  if (element !== undefined) where.push(`element ${element}`)
  if (component !== undefined) where.push(`component ${component}`)
  return `${where.join(', ')}: ${reason}`
}

/** The first of several problems, and how many more there are. */
export function problemsText(problems: readonly Problem[]): string {
  const [first, ...others] = problems
  if (first === undefined) return ''
  return problemText(first) + (others.length === 0 ? '' : `; and ${others.length} more`)
}
