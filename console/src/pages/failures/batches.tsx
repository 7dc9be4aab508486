import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { BatchStatus } from '../batch/batch-status.tsx'
import { batchText } from '../batch/text.ts'
import { failuresText } from './text.ts'

/** Those under way, and the last ones. Nothing where there are none. */
export function Batches() {
  const t = useText(failuresText)
  const words = useText(batchText)
  const format = useFormat()
  const now = useNow()
  const { env } = useParams({ strict: false })
  const { data } = useQuery({
    queryKey: ['batches'],
    queryFn: ({ signal }) => get('/api/v1/batches', { signal }),
    refetchInterval: 10_000,
  })
  if (!data || data.batches.length === 0) return null
  return (
    <Panel title={t.batches} flush>
      <Scroll label={t.batches}>
        <table className="table">
          <tbody>
            {data.batches.slice(0, 10).map(batch => (
              <tr key={batch.batch}>
                <td>
                  <Link to={`/${env}/failures/batch/${batch.batch}` as never}>
                    {words.doing[batch.do](format.number(batch.count))}
                  </Link>
                </td>
                <td>
                  <BatchStatus batch={batch} />
                </td>
                <td className="number">
                  {words.progress(format.number(batch.next), format.number(batch.count))}
                </td>
                <td>{batch.by}</td>
                <td>{batch.why}</td>
                <td>
                  <Time at={batch.at} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}
