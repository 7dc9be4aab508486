import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import { type ListColumn, ListTable } from '../../app/list-table.tsx'
import { useRowKeys } from '../../app/row-keys.ts'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Scroll } from '../../kit/scroll.tsx'
import { type StateName, Status } from '../../kit/status.tsx'
import { Time } from '../../kit/time.tsx'
import { Letter } from './letter.tsx'
import { Load } from './load.tsx'
import { workersText } from './text.ts'
import { isLate } from './verdict.ts'
import type { Watched, Worker } from './watching.ts'
import { ranges } from './words.ts'

export function useColumns(): readonly ListColumn[] {
  const t = useText(workersText)
  const words = useText(common)
  return [
    { id: 'member', title: t.member },
    { id: 'state', title: words.state },
    { id: 'version', title: t.version },
    { id: 'last', title: t.last },
    { id: 'partitions', title: t.held },
    { id: 'load', title: t.load },
    { id: 'also', title: t.also },
    { id: 'since', title: words.since },
  ]
}

const states: Readonly<Record<Worker['state'] | 'late', StateName>> = {
  working: 'ok',
  leaving: 'running',
  late: 'silent',
  silent: 'silent',
}

/** In the order in which they joined, those that fell silent last. j and k move, Enter shows one alone in what changed. */
export function MemberTable(props: {
  readonly watched: Watched
  readonly now: number
  readonly chosen: string | undefined
  readonly columns: readonly ListColumn[]
}) {
  const { watched, columns } = props
  const t = useText(workersText)
  const body = useRef<HTMLTableSectionElement>(null)
  const onKeyDown = useRowKeys(body)
  const format = useFormat()
  return (
    <>
      <Scroll label={t.members}>
        <ListTable columns={columns}>
          <tbody ref={body} onKeyDown={onKeyDown}>
            {watched.workers.workers.map(worker => (
              <Row key={worker.id} worker={worker} {...props} />
            ))}
          </tbody>
        </ListTable>
      </Scroll>
      {watched.others > 0 && <p className="content muted">{t.others(format.number(watched.others))}</p>}
    </>
  )
}

function Row(props: {
  readonly worker: Worker
  readonly watched: Watched
  readonly now: number
  readonly chosen: string | undefined
}) {
  const { worker, watched, now, chosen } = props
  const { id, name, state, version, joined, silent, partitions, roles, self } = worker
  const t = useText(workersText)
  const format = useFormat()
  const look = isLate(worker, watched.workers.lease) ? 'late' : state
  const isChosen = id === chosen
  return (
    <tr className={isChosen ? 'chosen' : undefined}>
      <td>
        <span className="row nowrap member">
          <Letter of={watched.known[id]} />
          <span className="stack tight">
            <Link
              to="."
              search={(before: object) => ({ ...before, member: isChosen ? undefined : id })}
              replace
              aria-current={isChosen || undefined}
              translate="no"
            >
              {name}
            </Link>
            <span className="muted">
              {roles.length === 3 ? t.role.all : format.list(roles.map(role => t.role[role]))}
              {self && watched.workers.shared && ` · ${t.self}`}
            </span>
          </span>
        </span>
      </td>
      <td>
        <Status state={states[look]}>{t.states[look]}</Status>
      </td>
      <td className="mono">{version}</td>
      <td className={look === 'late' || look === 'silent' ? 'numbers last strong' : 'numbers last muted'}>
        {t.ago(format.duration(silent + Math.max(0, now - watched.at)))}
      </td>
      <td className="numbers held">
        {partitions.length > 0 && (
          <>
            <span className="strong">{format.number(partitions.length)}</span>
            <span className="muted mono">{` (${ranges(partitions)})`}</span>
          </>
        )}
      </td>
      <td>{state !== 'silent' && <Load load={worker.load} />}</td>
      <td>
        <Also worker={worker} />
      </td>
      <td>{joined !== undefined && <Time at={joined} now={now} age={false} />}</td>
    </tr>
  )
}

/** What it holds besides partitions. Many sources are folded away. */
function Also({ worker: { coordinates, sources } }: { readonly worker: Worker }) {
  const t = useText(workersText)
  const format = useFormat()
  return (
    <div className="stack tight">
      {coordinates && <span className="strong">{t.coordinates}</span>}
      {sources.length > 2 ? (
        <details>
          <summary>{t.sources(format.number(sources.length))}</summary>
          <span className="mono">{sources.join(', ')}</span>
        </details>
      ) : (
        sources.map(source => (
          <span key={source} className="mono">
            {source}
          </span>
        ))
      )}
    </div>
  )
}
