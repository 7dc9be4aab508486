import type { AnswerOf } from '../../../../src/client/answers.ts'

export type SagaRow = AnswerOf<'/api/v1/sagas'>['sagas'][number]

/** What cannot go on without a person comes first, a failed compensation before all; then what waits longest. */
export function inOrder(sagas: readonly SagaRow[]): SagaRow[] {
  return [...sagas].sort((a, b) => rank(a) - rank(b) || a.began - b.began)
}

function rank({ state, needs, held }: SagaRow): number {
  if (needs.some(({ doing }) => doing === 'undo')) return 0
  if (state === 'needs person') return 1
  if (held !== undefined) return 2
  const rank = (['paused', 'compensating', 'waiting', 'running'] as readonly string[]).indexOf(state)
  return rank === -1 ? 7 : 3 + rank
}
