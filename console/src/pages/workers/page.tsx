import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useKeys } from '../../app/keys.ts'
import type { ListColumn } from '../../app/list-table.tsx'
import { useLive } from '../../app/live.tsx'
import { Views } from '../../app/views.tsx'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import { useNow } from '../../kit/time.tsx'
import { ChangeList } from './change-list.tsx'
import { MemberTable, useColumns } from './member-table.tsx'
import { PartitionStrip } from './partition-strip.tsx'
import { workersText } from './text.ts'
import { Verdicts } from './verdicts.tsx'
import { seen, type Watched } from './watching.ts'
import { letterOf } from './words.ts'
import './workers.css'

const queryKey = ['workers']
/** Milliseconds from one look to the next. */
const every = 1_000
/** Milliseconds for which it is remembered what was seen, while the reader is elsewhere in the console. */
const remembered = 3_600_000

/** Is everything held, by whom, and how are they? A rebalance and a rolling restart can be watched. */
export function WorkersPage() {
  const t = useText(workersText)
  const columns = useColumns()
  const now = useNow()
  const { on } = useLive()
  const query = useQuery({
    queryKey,
    queryFn: async ({ client, signal }) => {
      const workers = await get('/api/v1/workers', { signal })
      return seen(client.getQueryData<Watched>(queryKey), workers, Date.now())
    },
    refetchInterval: on ? every : false,
    gcTime: remembered,
  })
  return (
    <div className="page">
      <header>
        <div className="row verdicts">
          <h1>{t.title}</h1>
          {query.data && <Verdicts watched={query.data} now={now} />}
        </div>
        <Views place="workers" columns={columns} />
      </header>
      <Asked query={query}>
        {watched =>
          watched.workers.workers.length === 0 ? (
            <Empty>
              <strong>{t.empty}</strong>
              <span>{t.emptyNext}</span>
            </Empty>
          ) : (
            <Members watched={watched} now={now} columns={columns} />
          )
        }
      </Asked>
    </div>
  )
}

function Members(props: {
  readonly watched: Watched
  readonly now: number
  readonly columns: readonly ListColumn[]
}) {
  const { watched, now, columns } = props
  const t = useText(workersText)
  const { member } = useSearch({ from: '/inside/$env/workers' })
  const navigate = useNavigate()
  const known = member === undefined ? undefined : watched.known[member]
  const everybody = () =>
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, member: undefined }),
      replace: true,
    } as never)
  useKeys({ Escape: known && everybody })
  const chosen = known ? member : undefined
  return (
    <>
      {watched.workers.shared && (
        <Panel title={t.partitions}>
          <PartitionStrip watched={watched} now={now} chosen={chosen} />
        </Panel>
      )}
      <Panel title={t.members} flush>
        <MemberTable watched={watched} now={now} chosen={chosen} columns={columns} />
      </Panel>
      {watched.workers.shared && (
        <Panel
          title={t.changes}
          actions={
            known && (
              <>
                <span>{t.only(letterOf(known.n))}</span>
                <Button size="small" icon="close" onClick={everybody}>
                  {t.everybody}
                </Button>
              </>
            )
          }
        >
          <div className="stack">
            <p className="muted">{t.changesHint}</p>
            <ChangeList watched={watched} now={now} chosen={chosen} />
          </div>
        </Panel>
      )}
    </>
  )
}
