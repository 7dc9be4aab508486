import { useQuery } from '@tanstack/react-query'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMe } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { useOrder } from './order.ts'
import { accessText } from './text.ts'

export function MySessions() {
  const t = useText(accessText)
  const me = useMe()
  const now = useNow(10_000)
  const query = useQuery({
    queryKey: ['people', 'sessions'],
    queryFn: ({ signal }) => get('/api/v1/me/sessions', { signal }),
    enabled: me.how === 'session',
  })
  const end = useOrder((session: string) => post('/api/v1/me/sessions/{session}/end', {}, { session }))
  if (me.how !== 'session') return <Empty>{t.localOnly}</Empty>
  return (
    <Panel title={t.tabs.sessions} flush>
      <Asked query={query}>
        {({ sessions }) => (
          <div className="scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t.began}</th>
                  <th scope="col">{t.used}</th>
                  <th scope="col">{t.address}</th>
                  <th scope="col">{t.browser}</th>
                  <th scope="col">
                    <span className="hidden-text">{t.end}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {sessions.map(each => (
                  <tr key={each.id} aria-selected={each.current}>
                    <td>
                      <Time at={each.began} now={now} />
                    </td>
                    <td>
                      <Time at={each.used} now={now} />
                    </td>
                    <td className="mono">{each.address}</td>
                    <td>{each.agent}</td>
                    <td>
                      {each.current ? (
                        <span className="muted">{t.thisOne}</span>
                      ) : (
                        <Button size="small" onClick={() => end.mutate(each.id)}>
                          {t.end}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Asked>
    </Panel>
  )
}
