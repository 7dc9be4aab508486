import type { AnswerOf } from '../../../../src/client/answers.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { balanceText } from './text.ts'

type Balance = AnswerOf<'/api/v1/balance'>

const flowTerms = ['accepted', 'delivered', 'filtered', 'discarded', 'parked', 'inFlight', 'inDoubt'] as const
const sagaTerms = ['started', 'completed', 'compensated', 'inFlight', 'needsPerson'] as const
const transactionTerms = ['begun', 'committed', 'rolledBack', 'open', 'mixed'] as const

/** What counting message by message has found. */
export function Proof({ balance }: { readonly balance: Balance }) {
  const t = useText(balanceText)
  const { streams } = balance
  const broken = balance.flows.flatMap(({ flow, broken }) =>
    broken.map(each => ({ name: `${flow}/${each.seq}`, why: each.reason })),
  )
  const brokenStreams =
    streams?.broken.map(({ kind, key, reason }) => ({ name: `${kind} ${key}`, why: reason })) ?? []
  const all = [...broken, ...brokenStreams]
  return (
    <Panel
      title={t.proofTitle}
      actions={
        balance.balanced ? (
          <Status state="ok">{t.proved}</Status>
        ) : (
          <Status state="down">{t.broken(all.length)}</Status>
        )
      }
    >
      <div className="stack">
        <p className="muted">{t.proofAbout}</p>
        <Counts name={t.flow} terms={flowTerms} rows={balance.flows.map(flow => [flow.flow, flow])} />
        {streams && streams.sagas.length > 0 && (
          <Counts name={t.sagas} terms={sagaTerms} rows={streams.sagas.map(saga => [saga.saga, saga])} />
        )}
        {streams && (
          <Counts name={t.transactions} terms={transactionTerms} rows={[['', streams.transactions]]} />
        )}
        {all.length > 0 && (
          <table className="table">
            <thead>
              <tr>
                <th>{t.number}</th>
                <th>{t.why}</th>
              </tr>
            </thead>
            <tbody>
              {all.map(({ name, why }) => (
                <tr key={name}>
                  <td className="mono">{name}</td>
                  <td>{why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Panel>
  )
}

function Counts<K extends keyof (typeof balanceText)['en']>(props: {
  readonly name: string
  readonly terms: readonly K[]
  readonly rows: readonly (readonly [string, Readonly<Record<K, number>>])[]
}) {
  const t = useText(balanceText)
  const format = useFormat()
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{props.name}</th>
            {props.terms.map(term => (
              <th key={String(term)} className="number">
                {String(t[term])}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(([name, counts]) => (
            <tr key={name}>
              <td>{name}</td>
              {props.terms.map(term => (
                <td key={String(term)} className="number">
                  {format.number(counts[term])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
