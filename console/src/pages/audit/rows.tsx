import { type ListColumn, ListTable } from '../../app/list-table.tsx'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { type Entry, useAuditSearch } from './page.tsx'
import { auditText } from './text.ts'

export function useColumns(): readonly ListColumn[] {
  const t = useText(auditText)
  return [
    { id: 'no', title: t.no, isNumber: true },
    { id: 'at', title: t.at },
    { id: 'actor', title: t.actor },
    { id: 'action', title: t.action },
    { id: 'object', title: t.object },
    { id: 'outcome', title: t.outcome },
  ]
}

export function Rows(props: { readonly records: readonly Entry[]; readonly broken: ReadonlySet<number> }) {
  const { records, broken } = props
  const t = useText(auditText)
  const now = useNow(10_000)
  const columns = useColumns()
  const { search, change } = useAuditSearch()
  return (
    <div className="scroll">
      <ListTable columns={columns}>
        <tbody>
          {records.map(record => (
            <tr key={record.no} aria-selected={record.no === search.no}>
              <td className="number">
                <button
                  type="button"
                  className="button quiet small"
                  aria-expanded={record.no === search.no}
                  onClick={() => change({ no: record.no === search.no ? undefined : record.no })}
                >
                  {broken.has(record.no) && <Icon name="failed" />}
                  {record.no}
                </button>
              </td>
              <td>
                <Time at={record.at} now={now} age={false} />
              </td>
              <td>{record.actor || t.nobody}</td>
              <td>
                <Action name={record.action} />
              </td>
              <td className="audit-object mono">{record.object}</td>
              <td>
                <Outcome record={record} />
              </td>
            </tr>
          ))}
        </tbody>
      </ListTable>
    </div>
  )
}

/** In the reader's words where they are known, else by its name. */
export function Action({ name }: { readonly name: string }) {
  const t = useText(auditText)
  const known: string | undefined = t.actions[name as keyof typeof t.actions]
  return known === undefined ? <code>{name}</code> : <span title={name}>{known}</span>
}

const looks = { ok: 'ok', denied: 'down', refused: 'paused', failed: 'down' } as const

export function Outcome({ record }: { readonly record: Entry }) {
  const t = useText(auditText)
  const { outcome, open } = record
  if (open || !outcome) return <Status state="degraded">{t.unknown}</Status>
  return <Status state={looks[outcome]}>{t.outcomes[outcome]}</Status>
}
