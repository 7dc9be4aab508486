import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Status } from '../../kit/status.tsx'
import { auditText } from './text.ts'

/** Whether all of it can be believed, before any of it is read. */
export function Chain() {
  const t = useText(auditText)
  const format = useFormat()
  const { data, error } = useQuery({
    queryKey: ['audit', 'state'],
    queryFn: ({ signal }) => get('/api/v1/audit/state', { signal }),
    staleTime: 60_000,
  })
  if (error) return <Failure error={error} />
  if (!data) return <Status state="running">{t.checking}</Status>
  const { nodes, broken, told } = data
  const records = nodes.reduce((sum, node) => sum + node.records, 0)
  const open = nodes.reduce((sum, node) => sum + node.open, 0)
  return (
    <div className="stack tight">
      <div className="row">
        <Status state={broken.length === 0 ? 'ok' : 'down'}>
          {broken.length === 0 ? t.whole : t.broken(broken.length)}
        </Status>
        <span className="muted">{t.records(format.number(records), nodes.length)}</span>
        {open > 0 && <Status state="degraded">{t.gaps(open)}</Status>}
      </div>
      {broken.slice(0, 20).map(({ node, no, reason }) => (
        <p key={`${node} ${no} ${reason}`} className="notice failed">
          <span className="strong">{t.brokenAt(node, no)}</span>
          <span>{reason}</span>
        </p>
      ))}
      <p className="muted">{told === undefined ? t.notTold : t.told(told)}</p>
    </div>
  )
}
