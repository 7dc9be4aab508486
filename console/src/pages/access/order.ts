import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTell } from '../../kit/toast.tsx'

/** An order after which what is shown of people is asked for anew; a refusal is told. */
export function useOrder<V, A>(order: (value: V) => Promise<A>, then?: (answer: A) => void) {
  const queries = useQueryClient()
  const tell = useTell()
  return useMutation({
    mutationFn: order,
    onSuccess: answer => {
      void queries.invalidateQueries({ queryKey: ['people'] })
      void queries.invalidateQueries({ queryKey: ['me'] })
      then?.(answer)
    },
    onError: error => tell(error.message, { tone: 'failed' }),
  })
}
