import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { Views } from '../../app/views.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty } from '../../kit/panel.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { useNow } from '../../kit/time.tsx'
import { FoundKeys, useColumns } from './found-keys.tsx'
import { KeyBox } from './key-box.tsx'
import './messages.css'
import type { Outcome } from './outcome.tsx'
import { type Found, merged, type Search } from './results.ts'
import { messagesText } from './text.ts'

/** Did it arrive? Finds business keys, and tells of each how it stands. */
export function MessagesPage() {
  const t = useText(messagesText)
  const navigate = useNavigate()
  const { env = '' } = useParams({ strict: false })
  const columns = useColumns(env)
  const {
    q = '',
    state,
    flow,
  } = useSearch({ strict: false }) as {
    q?: string
    state?: Outcome
    flow?: string
  }
  const change = (more: object) =>
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, ...more }),
      replace: true,
    } as never)
  const query = useInfiniteQuery({
    queryKey: ['messages', 'search', q, state, flow],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/search', { query: { q, state, flow, after: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Search) => last.next,
    enabled: q !== '',
  })
  const found = merged(query.data?.pages ?? [])
  const [last] = query.data?.pages.slice(-1) ?? []
  const options: readonly (readonly [Outcome | 'all', string])[] = [
    ['all', t.all],
    ['failed', t.outcomes.failed],
    ['under way', t.outcomes['under way']],
    ['ended', t.outcomes.ended],
  ]
  return (
    <div className="page messages">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {q !== '' && last && <Verdict found={found} more={last.next !== undefined} />}
        </div>
        <Views place="messages" columns={columns} />
      </header>
      <KeyBox q={q} onAsk={asked => change({ q: asked || undefined })} />
      {flow && (
        <div className="row">
          <Button size="small" icon="close" onClick={() => change({ flow: undefined })}>
            <span translate="no">{flow}</span>
          </Button>
        </div>
      )}
      {q !== '' && (
        <Tabs
          label={t.filter}
          tabs={options}
          selected={state ?? 'all'}
          onSelect={tab => change({ state: tab === 'all' ? undefined : tab })}
        />
      )}
      {q === '' && <Empty>{t.ask}</Empty>}
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {found.length > 0 && <FoundKeys found={found} />}
      {last && found.length === 0 && <Nothing q={q} search={last} onAsk={asked => change({ q: asked })} />}
      {query.isFetching && found.length === 0 && <Loading />}
      {query.hasNextPage && (
        <div className="row">
          <Button onClick={() => void query.fetchNextPage()}>{t.more}</Button>
        </div>
      )}
      {last && <Missing search={last} />}
      {last && <Searched search={last} />}
    </div>
  )
}

function Loading() {
  const t = useText(common)
  return (
    <div className="panel">
      <div className="content stack" role="status" aria-label={t.loading}>
        <span className="skeleton" />
        <span className="skeleton" />
      </div>
    </div>
  )
}

function Verdict({ found, more }: { readonly found: readonly Found[]; readonly more: boolean }) {
  const t = useText(messagesText)
  const format = useFormat()
  const failed = found.filter(({ state }) => state === 'failed').length
  return (
    <p className="row" role="status">
      {failed > 0 && <span className="status failed">{t.failed(format.number(failed))}</span>}
      <span className="muted">{t.found(`${format.number(found.length)}${more ? '+' : ''}`)}</span>
    </p>
  )
}

/** What was looked at, so that nothing found says something. */
function Searched({ search }: { readonly search: Search }) {
  const t = useText(messagesText)
  const format = useFormat()
  const now = useNow(60_000)
  const { messages, flows, systems, from, complete, unsearched } = search.searched
  const parts = [
    t.searched(format.number(messages), format.number(flows.length), format.number(systems)),
    from !== undefined && t.since(format.time(from, now)),
    complete ? t.complete : unsearched > 0 ? t.unsearched(format.number(unsearched)) : t.incomplete,
  ]
  return <p className="muted searched">{parts.filter(Boolean).join(' · ')}</p>
}

function Nothing(props: { readonly q: string; readonly search: Search; onAsk(q: string): void }) {
  const { q, search, onAsk } = props
  const t = useText(messagesText)
  const format = useFormat()
  const now = useNow(60_000)
  const { from } = search.searched
  return (
    <div className="panel">
      <Empty>
        <p>{t.nothing(q.length > 60 ? `${q.slice(0, 60)}…` : q)}</p>
        {from !== undefined && <p>{t.older(format.time(from, now))}</p>}
        {search.nearest.length > 0 && (
          <div className="row">
            <span>{t.nearest}</span>
            {search.nearest.map(key => (
              <button key={key} type="button" className="chip mono" translate="no" onClick={() => onAsk(key)}>
                {key}
              </button>
            ))}
          </div>
        )}
      </Empty>
    </div>
  )
}

function Missing({ search }: { readonly search: Search }) {
  const t = useText(messagesText)
  const format = useFormat()
  if (search.missing.length === 0) return null
  return (
    <div className="notice">
      <p>
        {t.missing(format.number(search.missing.length))}{' '}
        <span className="mono" translate="no">
          {search.missing.join(', ')}
        </span>
      </p>
    </div>
  )
}
