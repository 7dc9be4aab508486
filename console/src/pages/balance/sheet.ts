import type { AnswerOf } from '../../../../src/client/answers.ts'

export type FlowStatus = AnswerOf<'/api/v1/status'>['flows'][number]

export const terms = ['ended', 'waiting', 'retrying', 'held', 'parked', 'inDoubt'] as const
export type Term = (typeof terms)[number]

export type Line = {
  readonly flow: string
  readonly accepted: number
  readonly difference: number
  readonly oldestWaiting?: number | undefined
} & Readonly<Record<Term, number>>

/** What was accepted less all that is known of it: 0, but for messages that moved while it was counted. */
export function lineOf(status: FlowStatus): Line {
  const known = terms.reduce((sum, term) => sum + status[term], 0)
  return { ...status, difference: status.accepted - known }
}

export function totalOf(lines: readonly Line[], flow: string): Line {
  const sum = (of: (line: Line) => number) => lines.reduce((total, line) => total + of(line), 0)
  const counted = Object.fromEntries(terms.map(term => [term, sum(line => line[term])])) as Record<
    Term,
    number
  >
  return { flow, accepted: sum(line => line.accepted), difference: sum(line => line.difference), ...counted }
}
