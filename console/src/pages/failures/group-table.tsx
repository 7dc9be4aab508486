import { type KeyboardEvent, useRef } from 'react'
import { type ListColumn, ListTable } from '../../app/list-table.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { useNow } from '../../kit/time.tsx'
import { failuresText } from './text.ts'
import { type Group, type Report, toneOf } from './types.ts'

interface Acts {
  readonly chosen: ReadonlySet<string>
  readonly current: string | undefined
  onToggle(group: string): void
  onOpen(group: string): void
}

export function useColumns(): readonly ListColumn[] {
  const t = useText(failuresText)
  const words = useText(common)
  return [
    { id: 'cause', title: t.cause },
    { id: 'flow', title: words.flow },
    { id: 'count', title: t.count, isNumber: true },
    { id: 'times', title: t.firstLast },
    { id: 'verdict', title: t.verdict },
    { id: 'owner', title: t.owner },
  ]
}

/** One row for each cause: j and k move, x chooses, Enter tells more. */
export function GroupTable({ report, ...acts }: { readonly report: Report } & Acts) {
  const t = useText(failuresText)
  const columns = useColumns()
  const format = useFormat()
  const body = useRef<HTMLTableSectionElement>(null)
  const move = (step: number) => {
    const rows = [...(body.current?.rows ?? [])]
    const at = rows.findIndex(row => row.contains(document.activeElement))
    rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.querySelector('input')?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    event.stopPropagation()
    move(step)
  }
  return (
    <Panel title={t.byCause} flush>
      <Scroll label={t.cause}>
        <ListTable columns={columns}>
          <tbody ref={body} onKeyDown={onKeyDown}>
            {report.groups.map(group => (
              <Row key={group.group} group={group} {...acts} />
            ))}
          </tbody>
        </ListTable>
      </Scroll>
      {report.more !== undefined && (
        <p className="content muted">{t.moreGroups(format.number(report.more))}</p>
      )}
    </Panel>
  )
}

function Row({ group, chosen, current, onToggle, onOpen }: { readonly group: Group } & Acts) {
  const t = useText(failuresText)
  const format = useFormat()
  const now = useNow()
  const { cause, verdict, count, first, last, owner, system, systemDown } = group
  const shown = cause === '*' ? t.others : cause || group.code
  return (
    <tr aria-selected={group.group === current || chosen.has(group.group)}>
      <td>
        <span className="row nowrap">
          <input
            type="checkbox"
            aria-label={t.select(shown)}
            checked={chosen.has(group.group)}
            onChange={() => onToggle(group.group)}
            onKeyDown={event => {
              if (event.key === 'Enter') onOpen(group.group)
              else if (event.key === 'x') onToggle(group.group)
              else return
              event.preventDefault()
            }}
          />
          <span className={`status ${toneOf(verdict)}`}>
            <Icon name={group.state === 'doubt' ? 'doubt' : toneOf(verdict)} />
          </span>
          <button type="button" className="link mono cause" onClick={() => onOpen(group.group)}>
            {shown}
          </button>
        </span>
      </td>
      <td>
        {group.flow}
        {group.step && <div className="muted mono">{group.step}</div>}
      </td>
      <td className="number strong">{format.number(count)}</td>
      <td className="numbers nowrap">{`${format.time(first, now)} – ${format.time(last, now)}`}</td>
      <td>
        {t.verdicts[verdict]}
        {system && systemDown && <div className="status warn">{t.systemDown(system)}</div>}
      </td>
      <td>{owner ?? <span className="muted">{t.nobody}</span>}</td>
    </tr>
  )
}
