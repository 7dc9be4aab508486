import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { Failure } from '../../app/failure.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { Proof } from './proof.tsx'
import { type Line, lineOf, terms, totalOf } from './sheet.ts'
import { balanceText } from './text.ts'

/** Are all messages accounted for? */
export function BalancePage() {
  const t = useText(balanceText)
  const query = useQuery({
    queryKey: ['flows', 'status'],
    queryFn: ({ signal }) => get('/api/v1/status', { signal }),
    refetchInterval: 5000,
  })
  const proof = useMutation({ mutationFn: () => get('/api/v1/balance') })
  return (
    <div className="page">
      {query.data === undefined && <h1>{t.title}</h1>}
      <Asked query={query}>
        {({ flows }) => {
          const lines = flows.map(lineOf)
          return (
            <>
              <header>
                <div className="row">
                  <h1>{t.title}</h1>
                  <Verdict lines={lines} />
                </div>
                <Button
                  look="primary"
                  onClick={() => proof.mutate()}
                  refused={proof.isPending ? t.proving : undefined}
                >
                  {proof.isPending ? t.proving : t.prove}
                </Button>
              </header>
              <p className="muted">{t.rule}</p>
              {proof.error && <Failure error={proof.error} onRetry={() => proof.mutate()} />}
              {proof.data && <Proof balance={proof.data} />}
              {lines.length === 0 ? <Empty>{t.empty}</Empty> : <Sheet lines={lines} />}
            </>
          )
        }}
      </Asked>
    </div>
  )
}

/** A count that is off by what moves is not a loss: only what stays off is. */
function Verdict({ lines }: { readonly lines: readonly Line[] }) {
  const t = useText(balanceText)
  const format = useFormat()
  const off = lines.reduce((sum, { difference }) => sum + Math.abs(difference), 0)
  if (off === 0) return <Status state="ok">{t.balanced}</Status>
  const moving = lines.reduce((sum, { waiting }) => sum + waiting, 0)
  return off <= moving ? (
    <Status state="running">{t.moving}</Status>
  ) : (
    <Status state="down">{t.off(format.number(off))}</Status>
  )
}

function Sheet({ lines }: { readonly lines: readonly Line[] }) {
  const t = useText(balanceText)
  const now = useNow()
  const { env = '' } = useParams({ strict: false })
  return (
    <Panel title={t.title} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t.flow}</th>
              <th className="number">{t.accepted}</th>
              {terms.map(term => (
                <th key={term} className="number">
                  {t[term]}
                </th>
              ))}
              <th className="number">{t.difference}</th>
              <th>{t.oldest}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(line => (
              <Row key={line.flow} line={line}>
                <Link to={`/${env}/flows/${line.flow}` as never}>{line.flow}</Link>
                {line.oldestWaiting !== undefined && <Time at={line.oldestWaiting} now={now} />}
              </Row>
            ))}
          </tbody>
          <tfoot>
            <Row line={totalOf(lines, t.total)}>
              <strong>{t.total}</strong>
              {null}
            </Row>
          </tfoot>
        </table>
      </div>
    </Panel>
  )
}

function Row({
  line,
  children: [name, oldest],
}: {
  readonly line: Line
  readonly children: [React.ReactNode, React.ReactNode]
}) {
  const format = useFormat()
  return (
    <tr>
      <td>{name}</td>
      <td className="number strong">{format.number(line.accepted)}</td>
      {terms.map(term => (
        <td key={term} className={line[term] === 0 ? 'number muted' : 'number'}>
          {format.number(line[term])}
        </td>
      ))}
      <td className="number strong">{format.number(line.difference)}</td>
      <td>{oldest}</td>
    </tr>
  )
}
