import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { Status } from '../../kit/status.tsx'
import { useNow } from '../../kit/time.tsx'
import { useTell } from '../../kit/toast.tsx'
import { EditLink, MessageLink } from './links.tsx'
import { failuresText } from './text.ts'
import type { FilterName } from './types.ts'

/** In so many milliseconds a replay of one message can be taken back. */
const undoMs = 5_000

/** The messages themselves; one is replayed at once, with some seconds to take it back. */
export function MessageTable({ filters }: { readonly filters: Partial<Record<FilterName, string>> }) {
  const t = useText(failuresText)
  const words = useText(common)
  const format = useFormat()
  const now = useNow()
  const missing = useMissing('operate')
  const replay = useReplay()
  const { flow, code, state } = filters
  const query = useQuery({
    queryKey: ['failures', 'messages', filters],
    queryFn: ({ signal }) =>
      get('/api/v1/parked', { query: { flow, code, status: state ?? 'all', limit: 200 } as never, signal }),
  })
  return (
    <Panel title={t.messages} flush>
      <Asked query={query}>
        {({ messages }) => (
          <Scroll label={t.messages}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{words.key}</th>
                  <th scope="col">{words.flow}</th>
                  <th scope="col">{words.state}</th>
                  <th scope="col">{t.reasonOf}</th>
                  <th scope="col" className="number">
                    {t.tries}
                  </th>
                  <th scope="col">{words.since}</th>
                  <th scope="col">
                    <span className="hidden-text">{t.verdict}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {messages.map(message => (
                  <tr key={`${message.flow}/${message.seq}`}>
                    <td>
                      <MessageLink message={message} />
                    </td>
                    <td>{message.flow}</td>
                    <td>
                      <Status state={message.status} />
                    </td>
                    <td className="mono">{`${message.code} ${message.reason}`}</td>
                    <td className="number">{format.number(message.attempts)}</td>
                    <td className="numbers nowrap">{format.time(message.since, now)}</td>
                    <td>
                      <span className="row nowrap">
                        <EditLink message={message} />
                        {message.status === 'parked' && (
                          <Button
                            size="small"
                            refused={missing && words.missing(missing)}
                            onClick={() => replay(message)}
                          >
                            {t.retry}
                          </Button>
                        )}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Asked>
    </Panel>
  )
}

interface Ref {
  readonly flow: string
  readonly seq: number
  readonly key: string
}

/** Orders the replay of one message after a pause; what waits when the page is left is ordered at once. */
function useReplay(): (message: Ref) => void {
  const t = useText(failuresText)
  const tell = useTell()
  const queries = useQueryClient()
  const me = useMe()
  const waiting = useRef(new Map<string, () => void>())
  const [, setCount] = useState(0)
  useEffect(() => {
    const left = waiting.current
    return () => {
      for (const order of left.values()) order()
    }
  }, [])
  return ({ flow, seq, key }) => {
    const name = `${flow}/${seq}`
    if (waiting.current.has(name)) return
    const order = () => {
      clearTimeout(timer)
      waiting.current.delete(name)
      post(
        '/api/v1/flows/{flow}/messages/{seq}/decision',
        { do: 'retry', by: me.name },
        {
          flow,
          seq,
        },
      ).then(
        () => void queries.invalidateQueries({ queryKey: ['failures'] }),
        (error: Error) => tell(error.message, { tone: 'failed' }),
      )
    }
    const timer = setTimeout(order, undoMs)
    waiting.current.set(name, order)
    setCount(waiting.current.size)
    const undo = () => {
      clearTimeout(timer)
      waiting.current.delete(name)
      tell(t.kept(key))
    }
    tell(t.retryOne(key), { action: { label: t.undo, run: undo } })
  }
}
