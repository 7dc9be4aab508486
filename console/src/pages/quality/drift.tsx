import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { type StateName, Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { qualityText } from './text.ts'

type Watched = AnswerOf<'/api/v1/sentinels'>['channels'][number]
type Finding = NonNullable<Watched['findings']>[number]

const looks: Readonly<Record<Finding['severity'], StateName>> = {
  critical: 'down',
  warning: 'slow',
  info: 'waiting',
}

/** Which channels deliver something else than their profiles say. */
export function Drift() {
  const t = useText(qualityText)
  const words = useText(common)
  const query = useQuery({
    queryKey: ['flows', 'sentinels'],
    queryFn: ({ signal }) => get('/api/v1/sentinels', { signal }),
    refetchInterval: 15_000,
  })
  const titles = [words.state, t.channel, t.compared, t.sample, t.findings]
  return (
    <Asked query={query}>
      {({ channels }) =>
        channels.length === 0 ? (
          <Empty>
            <strong>{t.noSentinels}</strong>
            <span>{t.noSentinelsNext}</span>
          </Empty>
        ) : (
          <Panel title={t.sentinels} flush>
            <Scroll label={t.sentinels}>
              <table className="table">
                <thead>
                  <tr>
                    {titles.map(title => (
                      <th key={title} scope="col">
                        {title}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {channels.map(each => (
                    <Row key={each.channel} watched={each} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          </Panel>
        )
      }
    </Asked>
  )
}

function Row({ watched }: { readonly watched: Watched }) {
  const t = useText(qualityText)
  const format = useFormat()
  const now = useNow(10_000)
  const { env } = useParams({ strict: false })
  const { channel, system, sample, taken, comparedAt, findings } = watched
  return (
    <tr>
      <td>
        <Verdict findings={findings} />
      </td>
      <td>
        <Link className="mono" to={`/${env}/systems/${system}` as never}>
          {channel}
        </Link>
      </td>
      <td>{comparedAt !== undefined && <Time at={comparedAt} now={now} />}</td>
      <td className="numbers">{t.ofSample(format.number(taken), format.number(sample))}</td>
      <td>
        <ul className="stack tight">
          {findings?.map(each => (
            <li key={`${each.field} ${each.kind}`} className="row">
              <Status state={looks[each.severity]}>{t.severities[each.severity]}</Status>
              <code>{each.field}</code>
              <span translate="no">{each.reason}</span>
              {each.flows.length > 0 && <span className="muted">{t.readers(format.list(each.flows))}</span>}
            </li>
          ))}
        </ul>
      </td>
    </tr>
  )
}

/** What was not compared is not like its profile. */
function Verdict({ findings }: Pick<Watched, 'findings'>) {
  const t = useText(qualityText)
  const format = useFormat()
  if (!findings) return <Status state="waiting">{t.notCompared}</Status>
  const [worst] = findings
  if (!worst) return <Status state="ok">{t.like}</Status>
  return <Status state={looks[worst.severity]}>{t.differs(format.number(findings.length))}</Status>
}
