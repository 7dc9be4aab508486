import { useQuery } from '@tanstack/react-query'
import { get } from '../api/client.ts'
import { useFormat } from '../i18n/format.ts'
import type { Place } from './places.ts'

/** How much waits for a person at a place. */
export function Counts({ place }: { readonly place: Place['id'] }) {
  const format = useFormat()
  const { data } = useQuery({
    queryKey: ['flows', 'status'],
    queryFn: ({ signal }) => get('/api/v1/status', { signal }),
    refetchInterval: 10_000,
  })
  const alerts = useQuery({
    queryKey: ['alerts', 'list'],
    queryFn: ({ signal }) => get('/api/v1/alerts', { signal }),
    refetchInterval: 10_000,
    enabled: place === 'alerts',
  })
  if (!data) return null
  const count = {
    failures: data.flows.reduce((sum, flow) => sum + flow.parked + flow.inDoubt, 0),
    sagas: data.sagas.reduce((sum, saga) => sum + saga.needsPerson, 0),
    alerts: alerts.data?.alerts.filter(({ status }) => status === 'firing').length ?? 0,
    indoubt: data.transactions.inDoubt,
  }[place as string]
  return count ? <span className="count">{format.number(count)}</span> : null
}
