import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react'
import { ApiProblem, post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { Panel } from '../../kit/panel.tsx'
import { type StateName, Status } from '../../kit/status.tsx'
import { useTell } from '../../kit/toast.tsx'
import type { Message } from './chain.tsx'
import { Changes } from './changes.tsx'
import { DryRun, passes, type Tried } from './dry-run.tsx'
import { editText } from './text.ts'

const JsonEditor = lazy(async () => ({ default: (await import('./json-editor.tsx')).JsonEditor }))

/** So long after the last letter the data are tried, milliseconds. */
const calm = 500
const noProblems: Tried['problems'] = []

interface Read {
  readonly data?: unknown
  readonly problem?: string
}

function readJson(text: string): Read {
  try {
    return { data: JSON.parse(text) as unknown }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

export function Editing({ message, onReload }: { readonly message: Message; onReload(): void }) {
  const t = useText(editText)
  const original = message.hops[0]?.before
  const before = useMemo(() => JSON.stringify(original ?? {}, null, 2), [original])
  const [text, setText] = useState(before)
  const read = useMemo(() => readJson(text), [text])
  const settled = useSettled(text)
  const isSet = message.state === 'parked' || message.state === 'doubt'
  const { flow, seq, version, masked, key } = message
  const isEditable = isSet && !masked
  const trying = useQuery({
    queryKey: ['try', flow, seq, version, settled],
    enabled: isEditable && readJson(settled).problem === undefined,
    queryFn: () =>
      post(
        '/api/v1/flows/{flow}/messages/{seq}/try',
        { data: readJson(settled).data, version, showPii: true } as never,
        {
          flow,
          seq,
        },
      ),
    gcTime: 0,
    retry: false,
  })
  const tried = settled === text ? trying.data : undefined
  return (
    <>
      <header>
        <div className="row">
          <h1>{t.title(key)}</h1>
          <Status state={message.state as StateName} />
          <span className="muted">{`${flow}/${seq}`}</span>
        </div>
        <ToMessage message={message} />
      </header>
      {message.error && (
        <p className="notice failed mono">{`${message.error.code} ${message.error.reason}`}</p>
      )}
      {!isSet && <Told title={t.gone} more={t.goneMore} />}
      {isSet && masked && <Told title={t.masked} />}
      {tried?.stale && <Told title={t.conflict} more={t.conflictMore} onReload={onReload} />}
      {message.body.text !== undefined && <Told title={t.unreadable} more={message.body.text} />}
      <div className="edit-columns">
        <Panel
          title={t.panel}
          actions={
            <>
              <Button size="small" onClick={() => setText(before)}>
                {t.restore}
              </Button>
              <Button
                size="small"
                onClick={() => read.problem === undefined && setText(JSON.stringify(read.data, null, 2))}
              >
                {t.format}
              </Button>
            </>
          }
          flush
        >
          <Suspense fallback={<div className="content skeleton" />}>
            <JsonEditor
              label={t.data}
              text={text}
              problems={tried?.problems ?? noProblems}
              readOnly={!isEditable}
              onChange={setText}
              onRun={() => document.getElementById('edit-why')?.querySelector('textarea')?.focus()}
            />
          </Suspense>
        </Panel>
        <div className="stack">
          <Panel title={t.dryRun}>
            <div className="stack" role="status">
              <p className="muted">{t.dryRunHint}</p>
              {read.problem !== undefined && <Status state="down">{t.notJson(read.problem)}</Status>}
              {read.problem === undefined && (
                <div className="stack tight">
                  <h3>{t.changes}</h3>
                  {text === before ? (
                    <span className="muted">{t.unchanged}</span>
                  ) : (
                    <Changes before={original} after={read.data} />
                  )}
                </div>
              )}
              {trying.isFetching && !tried && <span className="muted">{t.trying}</span>}
              {trying.error && <Failure error={trying.error} onRetry={() => void trying.refetch()} />}
              {tried && read.problem === undefined && <DryRun tried={tried} />}
            </div>
          </Panel>
          {isEditable && (
            <Order
              message={message}
              data={read.data}
              mayRun={text !== before && passes(tried)}
              onReload={onReload}
            />
          )}
        </div>
      </div>
    </>
  )
}

function useSettled(text: string): string {
  const latest = useDeferredValue(text)
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(latest), calm)
    return () => clearTimeout(timer)
  }, [latest])
  return settled
}

function ToMessage({ message: { key, flow, seq } }: { readonly message: Message }) {
  const t = useText(editText)
  const { env } = useParams({ strict: false })
  return (
    <Link to={`/${env}/messages/${encodeURIComponent(key)}` as never} search={{ flow, seq } as never}>
      {t.toMessage}
    </Link>
  )
}

function Told({
  title,
  more,
  onReload,
}: {
  readonly title: string
  readonly more?: string
  onReload?(): void
}) {
  const t = useText(editText)
  return (
    <div className="notice warn" role="alert">
      <div className="grow stack tight">
        <strong>{title}</strong>
        {more && <span>{more}</span>}
      </div>
      {onReload && (
        <Button size="small" onClick={onReload}>
          {t.reload}
        </Button>
      )}
    </div>
  )
}

/** The reason, and the order; an edit that comes too late is told as such. */
function Order(props: {
  readonly message: Message
  readonly data: unknown
  readonly mayRun: boolean
  onReload(): void
}) {
  const { message, data, mayRun, onReload } = props
  const t = useText(editText)
  const words = useText(common)
  const me = useMe()
  const missing = useMissing('edit')
  const tell = useTell()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { env } = useParams({ strict: false })
  const [why, setWhy] = useState('')
  const [error, setError] = useState<Error>()
  const { flow, seq, version, key } = message
  const run = async () => {
    try {
      const order = { do: 'edit', by: me.name, why, data, version } as const
      await post('/api/v1/flows/{flow}/messages/{seq}/decision', order, { flow, seq })
      tell(t.done(key))
      void queries.invalidateQueries()
      void navigate({ to: `/${env}/failures` as never })
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  const reason = why.trim() === '' ? words.reasonNeeded : undefined
  const refused = missing ? words.missing(missing) : mayRun ? reason : t.needsTry
  const isConflict = error instanceof ApiProblem && error.status === 409
  return (
    <form
      id="edit-why"
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (refused === undefined) void run()
      }}
    >
      <TextField label={t.why} value={why} onChange={setWhy} rows={2} hint={words.reasonNeeded} />
      <div className="row">
        <Button type="submit" look="primary" icon="replay" refused={refused}>
          {t.run}
        </Button>
      </div>
      {isConflict && <Told title={t.conflict} more={t.conflictMore} onReload={onReload} />}
      {error && !isConflict && <Failure error={error} />}
    </form>
  )
}
