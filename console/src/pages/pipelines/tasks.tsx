import { Link, useParams } from '@tanstack/react-router'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { type StateName, Status } from '../../kit/status.tsx'
import { useNow } from '../../kit/time.tsx'
import { type RunDetail, type Slowest, slowestOf, sumsOf, type Task, tookOf } from './runs.ts'
import { pipelinesText } from './text.ts'

const states: Readonly<Record<Task['status'], StateName>> = {
  waiting: 'waiting',
  running: 'running',
  retrying: 'retrying',
  loaded: 'ok',
  failed: 'down',
  'left out': 'filtered',
}

/** The tables of a run with what each reads, how long it took and what became of its rows. */
export function Tasks({ detail }: { readonly detail: RunDetail }) {
  const t = useText(pipelinesText)
  const words = useText(common)
  const format = useFormat()
  const isOver = detail.run.status !== 'running'
  const clock = useNow()
  const now = isOver ? 0 : clock
  const { tasks } = detail
  const slowest = slowestOf(tasks, now)
  const titles = [t.read, t.filtered, t.parked, t.superseded, t.written]
  return (
    <Panel
      title={t.tasks}
      flush
      actions={
        slowest &&
        tasks.length > 1 && (
          <span className="numbers">
            {t.slowest(slowest.table, format.duration(slowest.ms), format.percent(slowest.share))}
          </span>
        )
      }
    >
      <Scroll label={t.tasks}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t.table}</th>
              <th scope="col">{t.reads}</th>
              <th scope="col">{words.state}</th>
              <th scope="col">{t.time}</th>
              {titles.map(title => (
                <th key={title} scope="col" className="number">
                  {title}
                </th>
              ))}
              <th scope="col" title={t.inWarehouseHint}>
                {t.inWarehouse}
              </th>
            </tr>
          </thead>
          <tbody>
            {tasks.map(task => (
              <Row key={task.table} task={task} detail={detail} now={now} slowest={slowest} />
            ))}
          </tbody>
          {isOver && <Together tasks={tasks} />}
        </table>
      </Scroll>
    </Panel>
  )
}

function Row(props: {
  readonly task: Task
  readonly detail: RunDetail
  readonly now: number
  readonly slowest: Slowest | undefined
}) {
  const { task, detail, now, slowest } = props
  const t = useText(pipelinesText)
  const format = useFormat()
  const { table, kind, load, reads, read, filtered, parked, superseded, written } = task
  const ms = tookOf(task, now)
  const share = slowest && slowest.ms > 0 ? ms / slowest.ms : 0
  const isSlowest = table === slowest?.table && detail.tasks.length > 1
  return (
    <tr>
      <td>
        <div className="stack tight">
          <strong translate="no">{table}</strong>
          <span className="muted">{`${t.kinds[kind]}, ${t.loads[load]}`}</span>
        </div>
      </td>
      <td>
        <code>{reads.join(', ')}</code>
      </td>
      <td>
        <Doing task={task} />
      </td>
      <td>
        <div className="task-time">
          <meter className={isSlowest ? 'slowest' : ''} min={0} max={1} value={share} aria-label={t.time} />
          <span className={isSlowest ? 'numbers strong' : 'numbers'}>
            {ms > 0 || task.ms !== undefined ? format.duration(ms) : ''}
            {isSlowest && <span className="hidden-text">{` ${t.slowestMark}`}</span>}
          </span>
        </div>
      </td>
      <Count of={read} />
      <Count of={filtered} />
      <Aside count={parked} table={table} detail={detail} />
      <Count of={superseded} />
      <Count of={written} />
      <td className="numbers nobreak">
        <Published task={task} />
      </td>
    </tr>
  )
}

function Count({ of }: { readonly of: number | undefined }) {
  const format = useFormat()
  return <td className={of ? 'number' : 'number muted'}>{of === undefined ? '' : format.number(of)}</td>
}

function Doing({ task }: { readonly task: Task }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const { status, reason, rows, rate, expected, tries, due } = task
  return (
    <div className="stack tight">
      <Status state={states[status]}>{t.taskStates[status]}</Status>
      {status === 'running' && rows !== undefined && (
        <span className="muted numbers">
          {[
            t.progress(format.number(rows)),
            ...(expected === undefined ? [] : [t.ofExpected(format.number(expected))]),
            ...(rate === undefined ? [] : [format.perSecond(rate)]),
          ].join(' ')}
        </span>
      )}
      {tries > 1 && <span className="muted">{t.tries(format.number(tries))}</span>}
      {status === 'retrying' && due !== undefined && (
        <span className="muted numbers">{t.due(format.time(due, Date.now()))}</span>
      )}
      {reason !== undefined && <span className="mono">{reason}</span>}
    </div>
  )
}

/** Leads to the rows. */
function Aside(props: {
  readonly count: number | undefined
  readonly table: string
  readonly detail: RunDetail
}) {
  const { count = 0, table, detail } = props
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const { pipeline, key } = detail.run
  const run = detail.repairs?.run ?? key
  if (count === 0) return <Count of={props.count} />
  return (
    <td className="number">
      <Link className="strong" to={`/${env}/quality` as never} search={{ pipeline, table, run } as never}>
        {format.number(count)}
      </Link>
    </td>
  )
}

function Published({ task }: { readonly task: Task }) {
  const format = useFormat()
  const { inserted, updated, deleted } = task
  if (inserted === undefined || updated === undefined || deleted === undefined) return null
  return `+${format.number(inserted)} ~${format.number(updated)} −${format.number(deleted)}`
}

/** The sums of what came from outside, and whether they account for every row. */
function Together({ tasks }: { readonly tasks: readonly Task[] }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const { missing, ...sums } = sumsOf(tasks)
  if (sums.read === 0) return null
  return (
    <tfoot>
      <tr>
        <th scope="row">{t.total}</th>
        <td colSpan={3}>
          {missing === 0 ? (
            <Status state="ok">{t.addsUp}</Status>
          ) : (
            <Status state="down">{t.addsNotUp(format.number(missing))}</Status>
          )}
        </td>
        {Object.entries(sums).map(([name, sum]) => (
          <td key={name} className="number strong">
            {format.number(sum)}
          </td>
        ))}
        <td />
      </tr>
    </tfoot>
  )
}
