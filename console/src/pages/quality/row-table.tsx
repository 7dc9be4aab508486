import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Icon } from '../../kit/icon.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import type { ParkedRow } from './causes.ts'
import { RowDecision } from './row-decision.tsx'
import { RowStatus } from './row-status.tsx'
import { qualityText } from './text.ts'

const pageSize = 100

/** The rows of one pipeline that fit the filter of the address; those that are ticked are decided together. */
export function RowTable({ pipeline }: { readonly pipeline: string }) {
  const t = useText(qualityText)
  const { table, code, step, run, state } = useSearch({ from: '/inside/$env/quality' })
  const [after, setAfter] = useState<string>()
  const filter = { table, code, step, run, state, after, limit: pageSize }
  const query = useQuery({
    queryKey: ['pipelines', 'rows', pipeline, filter],
    queryFn: ({ signal }) =>
      get('/api/v1/pipelines/{pipeline}/rows', { params: { pipeline }, query: filter, signal }),
  })
  return (
    <>
      <Filters />
      <Asked query={query}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty>{t.noneFits}</Empty>
          ) : (
            <Rows
              // Another page or filter begins with nothing ticked.
              key={JSON.stringify([pipeline, filter])}
              pipeline={pipeline}
              rows={rows}
              isFirst={after === undefined}
              onPage={setAfter}
            />
          )
        }
      </Asked>
    </>
  )
}

function Filters() {
  const t = useText(qualityText)
  const navigate = useNavigate()
  const { pipeline, table, code, run, state } = useSearch({ from: '/inside/$env/quality' })
  const drop = (...names: string[]) =>
    void navigate({
      to: '.',
      search: (before: object) =>
        Object.fromEntries(Object.entries(before).filter(([name]) => !names.includes(name))),
    } as never)
  const chips = [
    pipeline !== undefined && ([pipeline, ['pipeline', 'table', 'code', 'step', 'run', 'state']] as const),
    table !== undefined && ([t.filterTable(table), ['table', 'code', 'step']] as const),
    code !== undefined && ([t.filterCode(code), ['code', 'step']] as const),
    run !== undefined && ([t.filterRun(run), ['run']] as const),
    state !== undefined && ([t.filterState(t.states[state]), ['state']] as const),
  ].filter(chip => chip !== false)
  return (
    <div className="row">
      {chips.map(([label, names]) => (
        <button
          key={label}
          type="button"
          className="chip"
          title={t.remove}
          translate="no"
          onClick={() => drop(...names)}
        >
          {label}
          <Icon name="close" />
        </button>
      ))}
    </div>
  )
}

function Rows(props: {
  readonly pipeline: string
  readonly rows: readonly ParkedRow[]
  readonly isFirst: boolean
  onPage(after: string | undefined): void
}) {
  const { pipeline, rows, isFirst, onPage } = props
  const t = useText(qualityText)
  const words = useText(common)
  const format = useFormat()
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const tick = (id: string) =>
    setTicked(before => new Set(before.has(id) ? [...before].filter(each => each !== id) : [...before, id]))
  const chosen = rows.filter(({ id }) => ticked.has(id))
  const ids = (...states: ParkedRow['state'][]) =>
    chosen.filter(({ state }) => states.includes(state)).map(({ id }) => id)
  const titles = [t.row, words.state, t.run, t.reason, t.data]
  return (
    <Panel
      title={t.tabs.rows}
      flush
      actions={
        <>
          <span className="muted" role="status">
            {t.selected(format.number(chosen.length))}
          </span>
          <RowDecision
            what="discard"
            pipeline={pipeline}
            ids={ids('parked', 'fixed')}
            onDone={() => setTicked(new Set())}
          />
          <RowDecision
            what="restore"
            pipeline={pipeline}
            ids={ids('fixed', 'discarded')}
            onDone={() => setTicked(new Set())}
          />
          {!isFirst && (
            <Button size="small" onClick={() => onPage(undefined)}>
              {t.first}
            </Button>
          )}
          {rows.length === pageSize && (
            <Button size="small" onClick={() => onPage(rows.at(-1)?.id)}>
              {t.more}
            </Button>
          )}
        </>
      }
    >
      <Scroll label={t.tabs.rows}>
        <table className="table">
          <thead>
            <tr>
              <td />
              {titles.map(title => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <Row
                key={row.id}
                pipeline={pipeline}
                row={row}
                isTicked={ticked.has(row.id)}
                onTick={() => tick(row.id)}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}

function Row(props: {
  readonly pipeline: string
  readonly row: ParkedRow
  readonly isTicked: boolean
  onTick(): void
}) {
  const { pipeline, row, isTicked, onTick } = props
  const t = useText(qualityText)
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const name = t.rowNo(format.number(row.row))
  const { id, state, run, code, reason, data, fixed } = row
  return (
    <tr aria-selected={isTicked || undefined}>
      <td>
        <input type="checkbox" checked={isTicked} aria-label={t.select(name)} onChange={onTick} />
      </td>
      <td className="nobreak">
        <Link
          to={`/${env}/quality` as never}
          search={(before: object) => ({ ...before, pipeline, row: id }) as never}
        >
          {name}
        </Link>
      </td>
      <td>
        <RowStatus state={state} />
      </td>
      <td>
        <Link className="mono" to={`/${env}/pipelines/${pipeline}/${encodeURIComponent(run)}` as never}>
          {run}
        </Link>
      </td>
      <td translate="no">{`${code} ${reason}`}</td>
      <td>
        <code className="row-data">{JSON.stringify(fixed ?? data)}</code>
      </td>
    </tr>
  )
}
