import type { AnswerOf } from '../../../../src/client/answers.ts'

export type QualityRecord = AnswerOf<'/api/v1/pipelines/{pipeline}/quality'>
export type CheckRecord = QualityRecord['checks'][number]
type TableRecord = QualityRecord['tables'][number]

/** What a run found: what was not checked has not passed. */
export type Found = 'holds' | 'holdsNot' | 'notChecked'

export interface RunFound {
  readonly run: string
  readonly found: Found
}

/** A check over the runs of a record, the oldest first. */
export function foundBy({ runs }: QualityRecord, { results }: CheckRecord): RunFound[] {
  return [...runs].reverse().map(({ key }) => {
    const result = results.find(({ run }) => run === key)
    return { run: key, found: result ? (result.ok ? 'holds' : 'holdsNot') : 'notChecked' }
  })
}

/** How often a check held, of the runs that came to it; undefined if none did. */
export function heldOf({ results }: CheckRecord): { readonly held: number; readonly of: number } | undefined {
  if (results.length === 0) return undefined
  return { held: results.filter(({ ok }) => ok).length, of: results.length }
}

/** How many of the rows that were read were not set aside; undefined if none was read. */
export function passedOf({
  rows,
}: TableRecord): { readonly passed: number; readonly of: number } | undefined {
  const read = rows.reduce((sum, each) => sum + each.read, 0)
  const parked = rows.reduce((sum, each) => sum + each.parked, 0)
  return read === 0 ? undefined : { passed: read - parked, of: read }
}
