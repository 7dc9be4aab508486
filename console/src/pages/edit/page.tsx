import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMe } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Empty } from '../../kit/panel.tsx'
import '../failures/failures.css'
import { Chain, type Message } from './chain.tsx'
import './edit.css'
import { Editing } from './editing.tsx'
import { editText } from './text.ts'

/** Will my fix pass? */
export function EditPage() {
  const t = useText(editText)
  const { key } = useParams({ from: '/inside/$env/messages/$key/edit' })
  const { flow, seq } = useSearch({ from: '/inside/$env/messages/$key/edit' })
  const showPii = useMe().permissions.includes('personal') || undefined
  const query = useQuery({
    queryKey: ['edit', key, flow, seq, showPii],
    queryFn: async ({ signal }): Promise<Message | null> => {
      const path = '/api/v1/flows/{flow}/messages/{seq}'
      if (flow !== undefined && seq !== undefined)
        return get(path, { params: { flow, seq }, query: { showPii }, signal })
      const { messages } = await get('/api/v1/messages', { query: { key, showPii }, signal })
      return messages.find(({ state }) => state === 'parked' || state === 'doubt') ?? null
    },
    // What is being edited does not change under the hands of who edits it.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
  return (
    <div className="page edit">
      <Asked query={query} title={key}>
        {message =>
          message === null ? (
            <>
              <h1 translate="no">{key}</h1>
              <Empty>{t.notFound}</Empty>
            </>
          ) : (
            <>
              <Editing
                key={`${message.flow}/${message.seq}/${message.version}`}
                message={message}
                onReload={() => void query.refetch()}
              />
              <Chain message={message} />
            </>
          )
        }
      </Asked>
    </div>
  )
}
