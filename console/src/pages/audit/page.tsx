import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMissing } from '../../app/session.tsx'
import { Views } from '../../app/views.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import './audit.css'
import { Chain } from './chain.tsx'
import { Details } from './details.tsx'
import { Export } from './export.tsx'
import { Filters } from './filters.tsx'
import { Rows, useColumns } from './rows.tsx'
import { type AuditSearch, queryOf } from './search.ts'
import { auditText } from './text.ts'

export type Entry = AnswerOf<'/api/v1/audit'>['records'][number]

export function useAuditSearch() {
  const search = useSearch({ strict: false }) as AuditSearch
  const navigate = useNavigate()
  const change = (part: { readonly [K in keyof AuditSearch]?: AuditSearch[K] | undefined }) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...part }) } as never)
  return { search, change }
}

/** Who did what to which object, with what outcome? */
export function AuditPage() {
  const t = useText(auditText)
  const words = useText(common)
  const missing = useMissing('audit')
  const columns = useColumns()
  return (
    <div className="page">
      <header>
        <h1>{t.title}</h1>
        {missing === undefined && (
          <div className="row">
            <Views place="audit" columns={columns} />
            <Export />
          </div>
        )}
      </header>
      {missing === undefined ? <Audit /> : <Empty>{words.missing(missing)}</Empty>}
    </div>
  )
}

function Audit() {
  const t = useText(auditText)
  const { search, change } = useAuditSearch()
  const { no, ...asked } = search
  const query = useQuery({
    queryKey: ['audit', asked],
    queryFn: ({ signal }) => get('/api/v1/audit', { query: queryOf(asked), signal }),
    placeholderData: keepPreviousData,
    refetchInterval: asked.before === undefined ? 5000 : false,
  })
  return (
    <>
      <Chain />
      <Filters />
      <Asked query={query}>
        {({ records, next, node, broken }) => {
          const selected = records.find(record => record.no === no)
          return (
            <>
              <Panel title={t.list} flush>
                {records.length === 0 ? (
                  <Empty>{t.empty}</Empty>
                ) : (
                  <Rows records={records} broken={new Set(broken.map(each => each.no))} />
                )}
                <div className="row audit-pages">
                  {asked.before !== undefined && (
                    <Button onClick={() => change({ before: undefined })}>{t.newest}</Button>
                  )}
                  {next === undefined ? (
                    <span className="muted">{t.nothing}</span>
                  ) : (
                    <Button onClick={() => change({ before: next })}>{t.older}</Button>
                  )}
                </div>
              </Panel>
              {selected && <Details record={selected} node={node} />}
            </>
          )
        }}
      </Asked>
    </>
  )
}
