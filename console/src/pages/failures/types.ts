import type { AnswerOf } from '../../../../src/client/answers.ts'

export type Report = AnswerOf<'/api/v1/failures'>
export type Group = Report['groups'][number]
export type Selection = AnswerOf<'/api/v1/selections/{selection}'>

export interface FailureSearch {
  readonly by?: 'cause' | 'flow' | 'message' | undefined
  readonly flow?: string | undefined
  readonly system?: string | undefined
  readonly code?: string | undefined
  readonly state?: 'parked' | 'doubt' | undefined
  readonly group?: string | undefined
  readonly sel?: string | undefined
}

export const filterNames = ['flow', 'system', 'code', 'state'] as const
export type FilterName = (typeof filterNames)[number]

/** What of the address narrows the list. */
export function filtersOf(search: FailureSearch): Partial<Record<FilterName, string>> {
  const given = filterNames.flatMap(name =>
    search[name] === undefined ? [] : [[name, search[name]] as const],
  )
  return Object.fromEntries(given)
}

/** Verdicts by which a person can act at once are warnings, others failures. */
export function toneOf(verdict: Group['verdict']): 'failed' | 'warn' {
  return verdict === 'database-lock' || verdict === 'may-have-happened' || verdict === 'look'
    ? 'warn'
    : 'failed'
}
