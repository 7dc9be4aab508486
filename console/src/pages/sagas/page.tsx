import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { type ListColumn, ListTable } from '../../app/list-table.tsx'
import { useRowKeys } from '../../app/row-keys.ts'
import { Views } from '../../app/views.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { SelectField } from '../../kit/field.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import '../failures/failures.css'
import { inOrder, type SagaRow } from './order.ts'
import { sagasText } from './text.ts'

const states = [
  'needs person',
  'paused',
  'compensating',
  'waiting',
  'running',
  'compensated',
  'completed',
] as const
type State = (typeof states)[number]

/** Which are stuck, and what do they wait for? */
export function SagasPage() {
  const t = useText(sagasText)
  const words = useText(common)
  const columns = useColumns()
  const { state, saga, key } = useSearch({ from: '/inside/$env/sagas' })
  const navigate = useNavigate()
  const show = (part: object) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...part }) } as never)
  const query = useQuery({
    queryKey: ['sagas', 'list', state, saga, key],
    queryFn: ({ signal }) =>
      get('/api/v1/sagas', { query: { state, saga, key, limit: 500 } as never, signal }),
    refetchInterval: 10_000,
  })
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {query.data && <Verdict sagas={query.data.sagas} />}
        </div>
        <div className="row">
          <SelectField
            label={t.states}
            value={(state as State | undefined) ?? ''}
            options={[['', t.anyState], ...states.map(each => [each, words.states[each]] as const)]}
            onChange={to => show({ state: to === '' ? undefined : to })}
          />
          <Views place="sagas" columns={columns} />
        </div>
      </header>
      <Asked query={query}>
        {({ sagas }) =>
          sagas.length === 0 ? (
            <Empty>
              <strong>{t.none}</strong>
              <span>{t.noneNext}</span>
            </Empty>
          ) : (
            <List sagas={inOrder(sagas)} columns={columns} />
          )
        }
      </Asked>
    </div>
  )
}

function Verdict({ sagas }: { readonly sagas: readonly SagaRow[] }) {
  const t = useText(sagasText)
  const format = useFormat()
  const count = (...wanted: string[]) => sagas.filter(({ state }) => wanted.includes(state)).length
  const [stuck, paused, back] = [count('needs person'), count('paused'), count('compensating')]
  const under = count('running', 'waiting')
  return (
    <>
      {stuck === 0 && <Status state="ok">{t.allWell}</Status>}
      {stuck > 0 && <Status state="needs person">{t.stuck(format.number(stuck))}</Status>}
      {paused > 0 && <Status state="paused">{t.paused(format.number(paused))}</Status>}
      {back > 0 && <Status state="compensating">{t.back(format.number(back))}</Status>}
      {under > 0 && <Status state="running">{t.under(format.number(under))}</Status>}
    </>
  )
}

function useColumns(): readonly ListColumn[] {
  const t = useText(sagasText)
  const words = useText(common)
  return [
    { id: 'key', title: words.key },
    { id: 'saga', title: t.saga },
    { id: 'state', title: words.state },
    { id: 'now', title: t.now },
    { id: 'began', title: t.began },
    { id: 'changed', title: t.changed },
  ]
}

/** j and k move among the rows, Enter opens. */
function List(props: { readonly sagas: readonly SagaRow[]; readonly columns: readonly ListColumn[] }) {
  const { sagas, columns } = props
  const t = useText(sagasText)
  const now = useNow()
  const { env } = useParams({ strict: false })
  const body = useRef<HTMLTableSectionElement>(null)
  const onKeyDown = useRowKeys(body)
  return (
    <Panel title={t.title} flush>
      <Scroll label={t.title}>
        <ListTable columns={columns}>
          <tbody ref={body} onKeyDown={onKeyDown}>
            {sagas.map(row => (
              <tr key={`${row.saga}/${row.key}`}>
                <td>
                  <Link
                    className="mono"
                    to={`/${env}/sagas/${row.saga}/${encodeURIComponent(row.key)}` as never}
                  >
                    {row.key}
                  </Link>
                </td>
                <td>{row.saga}</td>
                <td>
                  <Status state={row.state} />
                </td>
                <td>
                  <Doing row={row} now={now} />
                </td>
                <td>
                  <Time at={row.began} now={now} />
                </td>
                <td>
                  <Time at={row.changed} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </ListTable>
      </Scroll>
    </Panel>
  )
}

function Doing({
  row: { needs, waits, turned, held, person },
  now,
}: {
  readonly row: SagaRow
  readonly now: number
}) {
  const t = useText(sagasText)
  const format = useFormat()
  return (
    <div className="stack tight">
      {person && <span>{t.has(person.by)}</span>}
      {held !== undefined && <span className="status warn">{t.held}</span>}
      {needs.map(({ step, doing, code }) => (
        <span key={step} className="status failed">
          {doing === 'undo' ? t.needsUndo(step, code) : t.needs(step, code)}
        </span>
      ))}
      {waits.map(({ step, for: what, until }) => (
        <span key={step}>
          {t.waits(step, what)}
          {until !== undefined && ` ${t.until(format.time(until, now))}`}
        </span>
      ))}
      {turned !== undefined && <span className="muted">{turned}</span>}
    </div>
  )
}
