import { useQueries } from '@tanstack/react-query'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'

type Page = AnswerOf<'/api/v1/pipelines/{pipeline}/rows'>
export type ParkedRow = Page['rows'][number]
export type RowState = ParkedRow['state']
export type Cause = Page['counts'][number] & { readonly pipeline: string }

interface Causes {
  readonly causes: readonly Cause[]
  /** Every pipeline has answered, or failed to. */
  readonly isKnown: boolean
  readonly failed: readonly { readonly pipeline: string; readonly error: Error }[]
}

/** What waits for a person first, then the most. */
const rank = ({ state }: Cause) => (state === 'parked' ? 0 : state === 'fixed' ? 1 : 2)

/** The rows set aside of all pipelines, by cause. A warehouse that does not answer fails alone. */
export function useCauses(pipelines: readonly string[]): Causes {
  return useQueries({
    queries: pipelines.map(pipeline => ({
      queryKey: ['pipelines', 'causes', pipeline],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        get('/api/v1/pipelines/{pipeline}/rows', { params: { pipeline }, query: { limit: 1 }, signal }),
      refetchInterval: 15_000,
    })),
    combine: all => ({
      causes: all
        .flatMap(({ data }, n) => {
          const pipeline = pipelines[n] as string
          return (data?.counts ?? []).map(each => ({ ...each, pipeline }))
        })
        .sort((a, b) => rank(a) - rank(b) || b.rows - a.rows),
      isKnown: all.every(({ isPending }) => !isPending),
      failed: all.flatMap(({ error, data }, n) =>
        error && !data ? [{ pipeline: pipelines[n] as string, error }] : [],
      ),
    }),
  })
}
