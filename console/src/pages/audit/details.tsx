import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { type Entry, useAuditSearch } from './page.tsx'
import { Action, Outcome } from './rows.tsx'
import { auditText } from './text.ts'

export function Details({ record, node }: { readonly record: Entry; readonly node: string }) {
  const t = useText(auditText)
  const words = useText(common)
  const now = useNow(10_000)
  const { change } = useAuditSearch()
  const { before, after, why, times, status } = record
  const isSame = before !== undefined && after !== undefined && before === after
  return (
    <Panel
      title={t.details(record.no)}
      actions={
        <Button size="small" onClick={() => change({ operation: record.operation, before: undefined })}>
          {t.onlyThis}
        </Button>
      }
    >
      <Facts
        facts={[
          [t.at, <Time key="at" at={record.at} now={now} />],
          [t.actor, record.actor || t.nobody],
          [t.how, t.hows[record.how]],
          record.address !== '' && [t.address, <code key="address">{record.address}</code>],
          [t.action, <Action key="action" name={record.action} />],
          [t.object, record.object || t.nobody],
          [t.outcome, <Outcome key="outcome" record={record} />],
          record.open === true && ['', t.unknownWhy],
          why !== undefined && [words.reason, why],
          times !== undefined && [t.times, String(times)],
          status !== undefined && [t.status, String(status)],
          before !== undefined && [t.before, <code key="before">{before}</code>],
          after !== undefined && [t.after, <code key="after">{after}</code>],
          before !== undefined && after !== undefined && ['', isSame ? t.unchanged : t.changed],
          [t.operation, <code key="operation">{record.operation}</code>],
          [t.hash, <code key="hash">{`${node}/${record.no} ${record.hash}`}</code>],
        ]}
      />
    </Panel>
  )
}
