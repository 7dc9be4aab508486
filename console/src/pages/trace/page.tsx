import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ApiProblem, get } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useKeys } from '../../app/keys.ts'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { useTell } from '../../kit/toast.tsx'
import { HopPanel } from './hop-panel.tsx'
import { HopStrip } from './hop-strip.tsx'
import { traceText } from './text.ts'
import './trace.css'
import { selectedHop, type Trace, type TraceHop } from './trace.ts'

interface Search {
  readonly hop?: string
  readonly step?: string
  readonly tab?: string
  readonly message?: string
  readonly before?: string
  readonly pii?: string
  readonly from?: number
}

/** Where is it, what did each hop do? The way of one business key through the flows. */
export function TracePage() {
  const t = useText(traceText)
  const { env = '', key = '' } = useParams({ strict: false }) as { env?: string; key?: string }
  const { message, before, pii } = useSearch({ strict: false }) as Search
  const showPii = pii === 'shown' || undefined
  const query = useQuery({
    queryKey: ['messages', 'trace', key, message, before, showPii],
    queryFn: ({ signal }) =>
      get('/api/v1/trace', {
        query: { ...(message === undefined ? { key } : { message }), before, showPii },
        signal,
      }),
    retry: false,
  })
  const isGone = query.error instanceof ApiProblem && query.error.status === 404
  return (
    <div className="page trace">
      {query.data === undefined && (
        <h1 className="mono" translate="no">
          {message ?? key}
        </h1>
      )}
      {isGone && (
        <div className="panel">
          <Empty>
            <p>{t.notFound}</p>
            <Link className="button" to={`/${env}/messages` as never} search={{ q: key } as never}>
              {t.searchFor}
            </Link>
          </Empty>
        </div>
      )}
      {query.error && !isGone && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <Shown env={env} trace={query.data} />}
      {query.isPending && <Waiting />}
    </div>
  )
}

function Waiting() {
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

function Shown({ env, trace }: { readonly env: string; readonly trace: Trace }) {
  const t = useText(traceText)
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as Search
  const change = (more: Search) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...more }), replace: true } as never)
  const at = selectedHop(trace, search.hop)
  const hop = trace.hops[at]
  const select = (index: number) => {
    const next = trace.hops[index]
    if (next) change({ hop: next.message, step: undefined, from: undefined } as Search)
  }
  useKeys({ '[': () => select(at - 1), ']': () => select(at + 1), d: () => change({ tab: 'changes' }) })
  return (
    <>
      <Head env={env} trace={trace} at={at} onPii={pii => change({ pii } as Search)} pii={search.pii} />
      <HopStrip
        trace={trace}
        selected={at}
        onSelect={select}
        onOlder={before => change({ before, hop: undefined } as Search)}
      />
      {hop && (
        <HopPanel
          key={hop.message}
          env={env}
          number={at + 1}
          hop={hop}
          step={search.step}
          tab={search.tab}
          from={search.from ?? 0}
          showPii={search.pii === 'shown'}
          onChange={change}
        />
      )}
      {trace.sagas.length > 0 && (
        <p className="row">
          <span className="muted">{t.sagas}</span>
          {trace.sagas.map(({ saga, key }) => (
            <Link
              key={saga}
              className="button"
              translate="no"
              to={`/${env}/sagas/${saga}/${encodeURIComponent(key)}` as never}
            >
              {saga}
            </Link>
          ))}
        </p>
      )}
    </>
  )
}

/** The verdict before anything else. */
function Head(props: {
  readonly env: string
  readonly trace: Trace
  readonly at: number
  readonly pii: string | undefined
  onPii(pii: string | undefined): void
}) {
  const { env, trace, at, pii, onPii } = props
  const t = useText(traceText)
  const words = useText(common)
  const format = useFormat()
  const tell = useTell()
  const missing = useMissing('personal')
  const { masked, key, hops, systems, duration } = trace
  const stopped = hops.find(({ message }) => message === trace.stoppedAt)
  return (
    <header>
      <div className="row">
        <h1 className={masked ? '' : 'mono'} translate={masked ? undefined : 'no'}>
          {masked ? t.personalKey : key}
        </h1>
        <Verdict trace={trace} at={at} />
        <span className="muted">
          {t.sum(format.number(systems.length), format.number(hops.length), format.duration(duration))}
        </span>
      </div>
      <div className="row">
        {!masked && (
          <Button
            icon="copy"
            onClick={() => {
              void navigator.clipboard?.writeText(key)
              tell(words.copied)
            }}
          >
            {t.copyKey}
          </Button>
        )}
        <Button
          icon="lock"
          pressed={pii === 'shown'}
          refused={missing && words.missing(missing)}
          onClick={() => onPii(pii === 'shown' ? undefined : 'shown')}
        >
          {pii === 'shown' ? t.hidePii : t.showPii}
        </Button>
        {stopped && <Stopped env={env} name={masked ? 'of' : key} hop={stopped} />}
      </div>
    </header>
  )
}

/** What can be done about the hop that stopped. */
function Stopped(props: { readonly env: string; readonly name: string; readonly hop: TraceHop }) {
  const { env, name, hop } = props
  const t = useText(traceText)
  const words = useText(common)
  const navigate = useNavigate()
  const missing = useMissing('edit')
  const { flow, seq, error } = hop
  const edit = () =>
    void navigate({
      to: `/${env}/messages/${encodeURIComponent(name)}/edit` as never,
      search: { flow, seq } as never,
    })
  useKeys({ e: missing ? undefined : edit })
  return (
    <>
      <Button icon="edit" hint="e" refused={missing && words.missing(missing)} onClick={edit}>
        {t.edit}
      </Button>
      <Link
        className="button primary"
        to={`/${env}/failures` as never}
        search={{ flow, code: error?.code } as never}
      >
        {t.openFailures}
      </Link>
    </>
  )
}

function Verdict({ trace }: { readonly trace: Trace; readonly at: number }) {
  const t = useText(traceText)
  const format = useFormat()
  const { state, hops, stoppedAt } = trace
  if (state === 'ended') return <Status state="delivered">{t.arrived}</Status>
  if (state === 'discarded') return <Status state="discarded">{t.discarded}</Status>
  const open = hops.findIndex(({ endedAt }) => endedAt === undefined)
  if (state === 'under way') return <Status state="running">{t.underWay(format.number(open + 1))}</Status>
  const hop = hops.findIndex(({ message }) => message === stoppedAt)
  return <Status state="parked">{t.stopped(format.number(hop + 1))}</Status>
}
