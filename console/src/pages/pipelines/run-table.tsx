import { Link } from '@tanstack/react-router'
import { type ListColumn, ListTable } from '../../app/list-table.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Scroll } from '../../kit/scroll.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { RunStatus, useRunAddress } from './run-status.tsx'
import type { Run } from './runs.ts'
import { pipelinesText } from './text.ts'

export function useRunColumns(): readonly ListColumn[] {
  const t = useText(pipelinesText)
  const words = useText(common)
  return [
    { id: 'state', title: words.state },
    { id: 'date', title: t.date },
    { id: 'until', title: t.periodUntil },
    { id: 'trigger', title: t.trigger },
    { id: 'took', title: t.took, isNumber: true },
    { id: 'read', title: t.read, isNumber: true },
    { id: 'parked', title: t.parked, isNumber: true },
    { id: 'changed', title: t.changed, isNumber: true },
  ]
}

/** The runs as a list: the twin of the calendar and the strip. */
export function RunTable({ runs }: { readonly runs: readonly Run[] }) {
  const t = useText(pipelinesText)
  const columns = useRunColumns()
  return (
    <Scroll label={t.runs}>
      <ListTable columns={columns}>
        <tbody>
          {runs.map(run => (
            <Row key={run.key} run={run} />
          ))}
        </tbody>
      </ListTable>
    </Scroll>
  )
}

function Row({ run }: { readonly run: Run }) {
  const t = useText(pipelinesText)
  const format = useFormat()
  const now = useNow(10_000)
  const address = useRunAddress()
  const { date, until, trigger, attempt, began, changed, status, read, parked, published } = run
  return (
    <tr>
      <td>
        <RunStatus run={run} />
      </td>
      <td>
        <Link to={address(run) as never} className="mono">
          {date}
        </Link>
      </td>
      <td>
        <Time at={until} now={now} age={false} />
      </td>
      <td>
        {attempt > 1 ? `${t.triggers[trigger]}, ${t.attempt(format.number(attempt))}` : t.triggers[trigger]}
      </td>
      <td className="number">{format.duration((status === 'running' ? now : changed) - began)}</td>
      <td className="number">{format.number(read)}</td>
      <td className={parked > 0 ? 'number strong' : 'number muted'}>{format.number(parked)}</td>
      <td className="number">{format.number(published)}</td>
    </tr>
  )
}
