import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { Failure } from '../../app/failure.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { Empty, Facts, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { useTell } from '../../kit/toast.tsx'
import { Changes } from '../edit/changes.tsx'
import '../edit/edit.css'
import { Repair } from '../pipelines/orders.tsx'
import type { ParkedRow } from './causes.ts'
import { RowDecision } from './row-decision.tsx'
import { RowStatus } from './row-status.tsx'
import { qualityText } from './text.ts'

const JsonEditor = lazy(async () => ({ default: (await import('../edit/json-editor.tsx')).JsonEditor }))

/** One row that was set aside: why, what it is, and what it should have been. */
export function RowEditor({ pipeline, id }: { readonly pipeline: string; readonly id: string }) {
  const t = useText(qualityText)
  const showPii = useMe().permissions.includes('personal') || undefined
  const query = useQuery({
    queryKey: ['pipelines', 'row', pipeline, id, showPii],
    queryFn: async ({ signal }) => {
      const asked = { params: { pipeline }, query: { id, showPii }, signal }
      const { rows } = await get('/api/v1/pipelines/{pipeline}/rows', asked)
      return rows[0] ?? null
    },
    // What is being edited does not change under the hands of who edits it.
    refetchOnWindowFocus: false,
  })
  return (
    <>
      <Back />
      <Asked query={query}>
        {row =>
          row === null ? (
            <Empty>{t.noneFits}</Empty>
          ) : (
            <Editing key={row.id} pipeline={pipeline} row={row} onDone={() => void query.refetch()} />
          )
        }
      </Asked>
    </>
  )
}

function Back() {
  const t = useText(qualityText)
  const { env } = useParams({ strict: false })
  const search = ({ row: _, ...before }: { row?: string }) => before
  return (
    <Link to={`/${env}/quality` as never} search={search as never}>
      {t.close}
    </Link>
  )
}

interface Edited {
  readonly pipeline: string
  readonly row: ParkedRow
  onDone(): void
}

function Editing({ pipeline, row, onDone }: Edited) {
  const t = useText(qualityText)
  const format = useFormat()
  const { data, fixed, state, masked } = row
  const before = useMemo(() => JSON.stringify(fixed ?? data ?? {}, null, 2), [data, fixed])
  const [text, setText] = useState(before)
  const read = useMemo(() => readJson(text), [text])
  const isOpen = state === 'parked' || state === 'fixed'
  const name = t.rowNo(format.number(row.row))
  return (
    <div className="edit-columns">
      <Panel
        title={t.editor(name)}
        flush
        actions={
          <>
            <Button size="small" onClick={() => setText(JSON.stringify(data ?? {}, null, 2))}>
              {t.reset}
            </Button>
            <Button
              size="small"
              onClick={() => 'data' in read && setText(JSON.stringify(read.data, null, 2))}
            >
              {t.format}
            </Button>
          </>
        }
      >
        <Suspense fallback={<div className="content skeleton" />}>
          <JsonEditor
            label={t.editorData}
            text={text}
            problems={noProblems}
            readOnly={!isOpen || masked}
            onChange={setText}
            onRun={() => document.getElementById('row-why')?.querySelector('input')?.focus()}
          />
        </Suspense>
      </Panel>
      <div className="stack">
        <Why pipeline={pipeline} row={row} onDone={onDone} />
        <Panel title={t.changes}>
          <div className="stack" role="status">
            {'problem' in read ? (
              <Status state="down">{t.notJson(read.problem)}</Status>
            ) : (
              <Changes before={data} after={read.data} />
            )}
          </div>
        </Panel>
        {isOpen && !masked && (
          <Fix pipeline={pipeline} row={row} read={read} isChanged={text !== before} onDone={onDone} />
        )}
        {isOpen && masked && <p className="notice warn">{t.isMasked}</p>}
        {!isOpen && <p className="notice">{t.isOver}</p>}
      </div>
    </div>
  )
}

const noProblems: readonly never[] = []
type Read = { readonly data: unknown } | { readonly problem: string }

function readJson(text: string): Read {
  try {
    return { data: JSON.parse(text) as unknown }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Why it was set aside, and what can be done about it besides mending it. */
function Why({ pipeline, row, onDone }: Edited) {
  const t = useText(qualityText)
  const words = useText(common)
  const now = useNow(60_000)
  const { env } = useParams({ strict: false })
  const { table, run, step, code, reason, state, changedBy, changedAt } = row
  const published = useQuery({
    queryKey: ['pipelines', 'run', pipeline, run],
    queryFn: ({ signal }) =>
      get('/api/v1/pipelines/{pipeline}/runs/{key}', { params: { pipeline, key: run }, signal }),
    select: detail => detail.run.status === 'published',
  }).data
  return (
    <Panel
      title={t.why}
      actions={
        <>
          {published && (state === 'parked' || state === 'fixed') && (
            <Repair pipeline={pipeline} run={run} table={table} />
          )}
          <RowDecision
            what="discard"
            pipeline={pipeline}
            ids={state === 'parked' || state === 'fixed' ? [row.id] : []}
            onDone={onDone}
          />
          <RowDecision
            what="restore"
            pipeline={pipeline}
            ids={state === 'fixed' || state === 'discarded' ? [row.id] : []}
            onDone={onDone}
          />
        </>
      }
    >
      <div className="stack">
        <Facts
          facts={[
            [words.state, <RowStatus key="state" state={state} />],
            [t.reason, <span key="reason" translate="no">{`${code} ${reason}`}</span>],
            [t.step, <code key="step">{step}</code>],
            [t.table, <code key="table">{`${pipeline} ${table}`}</code>],
            [
              t.run,
              <Link
                key="run"
                className="mono"
                to={`/${env}/pipelines/${pipeline}/${encodeURIComponent(run)}` as never}
              >
                {run}
              </Link>,
            ],
            changedBy !== undefined && [
              t.changedBy,
              <span key="by">
                {changedBy} {changedAt !== undefined && <Time at={changedAt} now={now} />}
              </span>,
            ],
          ]}
        />
        {published === false && <p className="notice warn">{t.notYet}</p>}
        {published && <p className="muted">{t.repairHint}</p>}
      </div>
    </Panel>
  )
}

/** Marks the row as mended, with a reason; a repair loads it. */
function Fix(props: Edited & { readonly read: Read; readonly isChanged: boolean }) {
  const { pipeline, row, read, isChanged, onDone } = props
  const t = useText(qualityText)
  const words = useText(common)
  const me = useMe()
  const [mayNot, mayNotEdit] = [useMissing('operate'), useMissing('edit')]
  const missing = mayNot ?? mayNotEdit
  const tell = useTell()
  const queries = useQueryClient()
  const [why, setWhy] = useState('')
  const sent = useMutation({
    mutationFn: async () => {
      if ('problem' in read) return
      const order = { do: 'fix', ids: [row.id], data: read.data, by: me.name, why: why.trim() } as const
      await post('/api/v1/pipelines/{pipeline}/rows/decision', order, { pipeline })
    },
    onSuccess: () => {
      tell(t.fixed)
      setWhy('')
      void queries.invalidateQueries({ queryKey: ['pipelines'] })
      onDone()
    },
  })
  const needed = !isChanged ? t.needsChange : why.trim() === '' ? words.reasonNeeded : undefined
  const refused = missing
    ? words.missing(missing)
    : 'problem' in read
      ? t.notJson(read.problem)
      : sent.isPending
        ? words.loading
        : needed
  return (
    <form
      id="row-why"
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (refused === undefined) sent.mutate()
      }}
    >
      <TextField label={words.reason} value={why} onChange={setWhy} hint={words.reasonNeeded} />
      <div className="row">
        <Button type="submit" look="primary" refused={refused}>
          {t.fix}
        </Button>
      </div>
      {sent.error && <Failure error={sent.error} />}
    </form>
  )
}
