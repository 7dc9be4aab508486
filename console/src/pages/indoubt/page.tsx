import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import '../failures/failures.css'
import { indoubtText } from './text.ts'
import { OneInDoubt } from './transaction.tsx'

type List = AnswerOf<'/api/v1/indoubt'>

/** Is anything in doubt? */
export function InDoubtPage() {
  const t = useText(indoubtText)
  const { gid } = useSearch({ from: '/inside/$env/indoubt' })
  const query = useQuery({
    queryKey: ['transactions', 'indoubt', gid],
    queryFn: ({ signal }) => get('/api/v1/indoubt', { query: { gid }, signal }),
    refetchInterval: 10_000,
  })
  return (
    <div className="page">
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          {query.data && <Verdict list={query.data} />}
        </div>
      </header>
      <Messages />
      <Asked query={query}>
        {({ transactions, unasked }) => (
          <>
            {unasked.map(({ system, reason }) => (
              <p key={system} className="notice warn">
                {t.unasked(system, reason)}
              </p>
            ))}
            {transactions.length === 0 && (
              <Empty>
                <strong>{t.none}</strong>
                <span>{t.noneNext}</span>
              </Empty>
            )}
            {transactions.map(each => (
              <OneInDoubt key={each.gid} transaction={each} />
            ))}
          </>
        )}
      </Asked>
    </div>
  )
}

function Verdict({ list: { transactions, unasked } }: { readonly list: List }) {
  const t = useText(indoubtText)
  const format = useFormat()
  const person = transactions.filter(({ needsPerson }) => needsPerson).length
  return (
    <>
      {transactions.length === 0 && unasked.length === 0 && <Status state="ok" />}
      {transactions.length > 0 && (
        <Status state="doubt">{t.count(format.number(transactions.length))}</Status>
      )}
      {person > 0 && <Status state="needs person">{t.person(format.number(person))}</Status>}
    </>
  )
}

/** Messages sent and not answered are in doubt, too; they are decided about among the failures. */
function Messages() {
  const t = useText(indoubtText)
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const { data } = useQuery({
    queryKey: ['failures', 'flow', { state: 'doubt' }],
    queryFn: ({ signal }) => get('/api/v1/failures', { query: { by: 'flow', state: 'doubt' }, signal }),
  })
  if (!data || data.total === 0) return null
  return (
    <div className="row">
      <Status state="doubt">{t.messages(format.number(data.total))}</Status>
      <Link to={`/${env}/failures` as never} search={{ state: 'doubt' } as never}>
        {t.toMessages}
      </Link>
    </div>
  )
}
