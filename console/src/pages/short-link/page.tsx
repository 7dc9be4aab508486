import { useQuery } from '@tanstack/react-query'
import { Navigate, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMe } from '../../app/session.tsx'
import { traceOf } from '../messages/results.ts'

/** `/k/SO-4711`: the way of that business key, or the search where it is not the only one. */
export function ShortLink() {
  const { key } = useParams({ from: '/inside/k/$key' })
  const { environment } = useMe()
  const query = useQuery({
    queryKey: ['messages', 'short', key],
    queryFn: ({ signal }) => get('/api/v1/search', { query: { q: key }, signal }),
  })
  return (
    <main className="page">
      <Asked query={query}>
        {({ found: [first, ...others] }) => {
          const to = `/${environment}/messages`
          if (!first || others.length > 0)
            return <Navigate to={to as never} search={{ q: key } as never} replace />
          const { path, search } = traceOf(first)
          return <Navigate to={`${to}/${path}` as never} search={search as never} replace />
        }}
      </Asked>
    </main>
  )
}
