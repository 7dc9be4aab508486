import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { CauseTable } from './cause-table.tsx'
import { type Cause, useCauses } from './causes.ts'
import { Drift } from './drift.tsx'
import './quality.css'
import { Records } from './records.tsx'
import { RowEditor } from './row-editor.tsx'
import { RowTable } from './row-table.tsx'
import { qualityText } from './text.ts'

const tabs = ['rows', 'checks', 'drift'] as const

/** Are the data good? What is set aside, what checks found, and what is not as it was. */
export function QualityPage() {
  const t = useText(qualityText)
  const navigate = useNavigate()
  const { tab = 'rows' } = useSearch({ from: '/inside/$env/quality' })
  const query = useQuery({
    queryKey: ['pipelines', 'list'],
    queryFn: ({ signal }) => get('/api/v1/pipelines', { signal }),
    refetchInterval: 10_000,
  })
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {query.data && <Verdict pipelines={query.data.pipelines.map(({ pipeline }) => pipeline)} />}
        </div>
        <Tabs
          label={t.views}
          tabs={tabs.map(each => [each, t.tabs[each]] as const)}
          selected={tab}
          onSelect={to => void navigate({ to: '.', search: { tab: to } } as never)}
        />
      </header>
      {tab === 'drift' ? (
        <Drift />
      ) : (
        <Asked query={query}>
          {({ pipelines }) => {
            const names = pipelines.map(({ pipeline }) => pipeline)
            if (names.length === 0) return <Empty>{t.noPipelines}</Empty>
            return tab === 'rows' ? <Rows pipelines={names} /> : <Records pipelines={names} />
          }}
        </Asked>
      )}
    </div>
  )
}

const waits = ({ state }: Cause) => state === 'parked' || state === 'fixed'

function Verdict({ pipelines }: { readonly pipelines: readonly string[] }) {
  const t = useText(qualityText)
  const format = useFormat()
  const { causes, isKnown, failed } = useCauses(pipelines)
  const waiting = causes.filter(waits)
  if (!isKnown) return null
  if (waiting.length > 0) {
    const rows = waiting.reduce((sum, each) => sum + each.rows, 0)
    return <Status state="slow">{t.waiting(format.number(rows), format.number(waiting.length))}</Status>
  }
  return failed.length === 0 && pipelines.length > 0 ? <Status state="ok">{t.noneWaits}</Status> : null
}

function Rows({ pipelines }: { readonly pipelines: readonly string[] }) {
  const { row, pipeline } = useSearch({ from: '/inside/$env/quality' })
  if (pipeline !== undefined && row !== undefined) return <RowEditor pipeline={pipeline} id={row} />
  return (
    <>
      <CauseTable pipelines={pipelines} />
      {pipeline !== undefined && <RowTable pipeline={pipeline} />}
    </>
  )
}
