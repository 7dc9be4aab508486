import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { Failure } from '../../app/failure.tsx'
import { useKeys } from '../../app/keys.ts'
import { useMissing } from '../../app/session.tsx'
import { Views } from '../../app/views.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty } from '../../kit/panel.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { useNow } from '../../kit/time.tsx'
import { AboutGroup } from './about-group.tsx'
import { Batches } from './batches.tsx'
import './failures.css'
import { Filters } from './filters.tsx'
import { FlowTable } from './flow-table.tsx'
import { FrozenSelection } from './frozen-selection.tsx'
import { GroupTable, useColumns } from './group-table.tsx'
import { MessageTable } from './message-table.tsx'
import { failuresText } from './text.ts'
import { type FailureSearch, filtersOf, type Report } from './types.ts'

/** What needs me first, and can it just be replayed? */
export function FailuresPage() {
  const t = useText(failuresText)
  const search: FailureSearch = useSearch({ from: '/inside/$env/failures' })
  const navigate = useNavigate()
  const show = (part: FailureSearch) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...part }) } as never)
  const { by = 'cause', sel } = search
  const filters = filtersOf(search)
  const columns = useColumns()
  const query = useQuery({
    queryKey: ['failures', by, filters],
    queryFn: ({ signal }) =>
      get('/api/v1/failures', {
        query: { ...filters, by: by === 'flow' ? 'flow' : 'cause' } as never,
        signal,
      }),
    refetchInterval: 10_000,
  })
  return (
    <div className="page failures">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {query.data && <Summary report={query.data} by={by} />}
        </div>
        <div className="row">
          <Tabs
            label={t.views}
            selected={by}
            tabs={[
              ['cause', t.byCause],
              ['flow', t.byFlow],
              ['message', t.messages],
            ]}
            onSelect={to => show({ by: to })}
          />
          <Views place="failures" columns={by === 'cause' ? columns : []} />
        </div>
      </header>
      <Filters filters={filters} report={query.data} onChange={show} />
      {sel !== undefined && <FrozenSelection id={sel} onDrop={() => show({ sel: undefined })} />}
      <Asked query={query}>
        {report => (
          <>
            {report.total === 0 && <Nothing isFiltered={Object.keys(filters).length > 0} onDrop={show} />}
            {report.total > 0 && by === 'flow' && (
              <FlowTable report={report} onOpen={flow => show({ flow, by: 'cause' })} />
            )}
            {report.total > 0 && by === 'message' && <MessageTable filters={filters} />}
            {report.total > 0 && by === 'cause' && <Causes report={report} search={search} onShow={show} />}
          </>
        )}
      </Asked>
      <Batches />
    </div>
  )
}

function Summary({ report, by }: { readonly report: Report; readonly by: string }) {
  const t = useText(failuresText)
  const words = useText(common)
  const format = useFormat()
  const now = useNow()
  const { total, groups, more = 0, oldest, asOf } = report
  const size =
    by === 'flow' ? format.number(total) : t.open(format.number(total), format.number(groups.length + more))
  return (
    <span className="muted numbers">
      {size}
      {oldest !== undefined && ` · ${t.oldest(format.duration(now - oldest))}`}
      {now - asOf > 15_000 && ` · ${words.stale(format.ago(asOf, now))}`}
    </span>
  )
}

function Nothing({
  isFiltered,
  onDrop,
}: {
  readonly isFiltered: boolean
  onDrop(part: FailureSearch): void
}) {
  const t = useText(failuresText)
  const all: FailureSearch = { flow: undefined, system: undefined, code: undefined, state: undefined }
  return (
    <Empty>
      <strong>{isFiltered ? t.noneFits : t.none}</strong>
      <span>{t.noneNext}</span>
      {isFiltered && <Button onClick={() => onDrop(all)}>{t.dropFilters}</Button>}
    </Empty>
  )
}

/** Groups are chosen, then frozen; what is done is done to what is frozen. */
function Causes(props: {
  readonly report: Report
  readonly search: FailureSearch
  onShow(part: FailureSearch): void
}) {
  const { report, search, onShow } = props
  const t = useText(failuresText)
  const format = useFormat()
  const missing = useMissing('operate')
  const words = useText(common)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [error, setError] = useState<Error>()
  const groups = report.groups.filter(({ group }) => chosen.has(group))
  const count = groups.reduce((sum, each) => sum + each.count, 0)
  const toggle = (group: string) => {
    const next = new Set(chosen)
    if (!next.delete(group)) next.add(group)
    setChosen(next)
  }
  const freeze = async () => {
    if (groups.length === 0) return
    try {
      const names = groups.map(({ group }) => group)
      const { selection } = await post('/api/v1/selections', { failures: { groups: names } })
      setError(undefined)
      setChosen(new Set())
      onShow({ sel: selection })
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  useKeys({ r: groups.length > 0 ? () => void freeze() : undefined })
  return (
    <div className="causes-and-group">
      <div className="stack">
        <GroupTable
          report={report}
          chosen={chosen}
          current={search.group}
          onToggle={toggle}
          onOpen={group => onShow({ group })}
        />
        <div className="row apart">
          <span className="muted" role="status">
            {groups.length > 0 ? t.chosen(format.number(groups.length), format.number(count)) : t.freezeHint}
          </span>
          <Button
            look={groups.length > 0 ? 'primary' : undefined}
            hint="r"
            refused={missing ? words.missing(missing) : groups.length === 0 ? t.freezeHint : undefined}
            onClick={() => void freeze()}
          >
            {t.freeze(format.number(count))}
          </Button>
        </div>
        {error && <Failure error={error} />}
      </div>
      <AboutGroup group={report.groups.find(({ group }) => group === search.group)} />
    </div>
  )
}
