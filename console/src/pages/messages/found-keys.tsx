import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useHidden } from '../../app/list-table.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { type Column, LongTable } from '../../kit/long-table.tsx'
import { useNow } from '../../kit/time.tsx'
import { OutcomeStatus } from './outcome.tsx'
import { type Found, isMasked, traceOf } from './results.ts'
import { messagesText } from './text.ts'

/** The keys that were found: one line each, with how it stands. */
export function FoundKeys({ found }: { readonly found: readonly Found[] }) {
  const t = useText(messagesText)
  const navigate = useNavigate()
  const { env = '' } = useParams({ strict: false }) as { env?: string }
  const [current, setCurrent] = useState(0)
  const hidden = useHidden()
  const columns = useColumns(env).filter(({ id }) => !hidden.has(id))
  const open = (row: Found) => {
    const { path, search } = traceOf(row)
    void navigate({ to: `/${env}/messages/${path}` as never, search: search as never })
  }
  return (
    <section className="panel" aria-label={t.messages}>
      <LongTable
        label={t.messages}
        columns={columns}
        count={found.length}
        row={index => found[index]}
        keyOf={row => row.message}
        current={Math.min(current, found.length - 1)}
        onMove={setCurrent}
        onOpen={open}
      />
    </section>
  )
}

export function useColumns(env: string): Column<Found>[] {
  const t = useText(messagesText)
  const words = useText(common)
  const format = useFormat()
  const now = useNow(10_000)
  return [
    { id: 'key', title: words.key, width: 'minmax(150px, 1.3fr)', cell: row => <Key env={env} row={row} /> },
    {
      id: 'state',
      title: words.state,
      width: '110px',
      cell: ({ state }) => <OutcomeStatus outcome={state} />,
    },
    {
      id: 'way',
      title: t.way,
      width: 'minmax(180px, 2fr)',
      cell: ({ systems, stoppedAt }) => (
        <span translate="no" title={systems.join(' → ')}>
          {stoppedAt ? (
            <span className="status failed">{t.stoppedAt(stoppedAt.flow, stoppedAt.code)}</span>
          ) : (
            systems.map(label).join(' → ')
          )}
        </span>
      ),
    },
    {
      id: 'messages',
      title: t.messages,
      width: '80px',
      cell: row => <span className="numbers">{format.number(row.messages)}</span>,
    },
    {
      id: 'first',
      title: t.first,
      width: '170px',
      cell: ({ first }) => (
        <time className="numbers" dateTime={new Date(first).toISOString()} title={format.full(first)}>
          {format.time(first, now)} <span className="muted">{format.ago(first, now)}</span>
        </time>
      ),
    },
    {
      id: 'duration',
      title: t.duration,
      width: '80px',
      cell: ({ duration, state }) => (
        <span className="numbers">{state === 'ended' ? format.duration(duration) : '—'}</span>
      ),
    },
  ]
}

function Key({ env, row }: { readonly env: string; readonly row: Found }) {
  const t = useText(messagesText)
  const { path, search } = traceOf(row)
  return (
    <Link
      className="mono"
      translate="no"
      tabIndex={-1}
      to={`/${env}/messages/${path}` as never}
      search={search as never}
    >
      {isMasked(row) ? t.masked : row.key}
    </Link>
  )
}

/** Of our own topics and sagas the name alone. */
export function label(island: string): string {
  return island.slice(island.indexOf('.') + 1)
}
