import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { Status } from '../../kit/status.tsx'
import { type CheckRecord, foundBy, heldOf, passedOf, type QualityRecord } from './rates.ts'
import { qualityText } from './text.ts'

/** Of each pipeline, which share of rows passed, and which checks held in its last runs. */
export function Records({ pipelines }: { readonly pipelines: readonly string[] }) {
  return pipelines.map(pipeline => <Pipeline key={pipeline} pipeline={pipeline} />)
}

function Pipeline({ pipeline }: { readonly pipeline: string }) {
  const t = useText(qualityText)
  const { env } = useParams({ strict: false })
  const query = useQuery({
    queryKey: ['pipelines', 'record', pipeline],
    queryFn: ({ signal }) =>
      get('/api/v1/pipelines/{pipeline}/quality', { params: { pipeline }, query: { runs: 20 }, signal }),
  })
  return (
    <Panel
      title={<span translate="no">{pipeline}</span>}
      flush
      actions={<Link to={`/${env}/pipelines/${pipeline}` as never}>{t.pipeline}</Link>}
    >
      <Asked query={query}>
        {record =>
          record.runs.length === 0 ? (
            <div className="content">
              <Status state="waiting">{t.noRecord}</Status>
            </div>
          ) : (
            <Scroll label={`${pipeline} ${t.checks}`}>
              <Passed record={record} />
              <Checks pipeline={pipeline} record={record} />
            </Scroll>
          )
        }
      </Asked>
    </Panel>
  )
}

function Passed({ record }: { readonly record: QualityRecord }) {
  const t = useText(qualityText)
  const format = useFormat()
  return (
    <table className="table">
      <caption className="hidden-text">{t.passRates}</caption>
      <thead>
        <tr>
          <th scope="col">{t.table}</th>
          <th scope="col" className="number">
            {t.passed}
          </th>
          <th scope="col">{t.passRates}</th>
        </tr>
      </thead>
      <tbody>
        {record.tables.map(each => {
          const passed = passedOf(each)
          return (
            <tr key={each.table}>
              <td className="mono">{each.table}</td>
              <td className="number strong">{passed && format.percent(passed.passed / passed.of, 2)}</td>
              <td>
                {passed ? (
                  <span className="numbers">
                    {t.ofRows(format.number(passed.passed), format.number(passed.of))}
                  </span>
                ) : (
                  <Status state="waiting">{t.notChecked}</Status>
                )}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Checks({ pipeline, record }: { readonly pipeline: string; readonly record: QualityRecord }) {
  const t = useText(qualityText)
  const words = useText(common)
  const titles = [words.state, t.check, t.table, t.passed, t.lastRuns, t.found]
  if (record.checks.length === 0) return null
  return (
    <table className="table">
      <caption className="hidden-text">{t.checks}</caption>
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
        {record.checks.map(check => (
          <Check key={`${check.table} ${check.check}`} {...{ pipeline, record, check }} />
        ))}
      </tbody>
    </table>
  )
}

const icons = { holds: 'ok', holdsNot: 'failed', notChecked: 'waiting' } as const
const tones = { holds: 'ok', holdsNot: 'failed', notChecked: 'waiting' } as const

interface OfRecord {
  readonly pipeline: string
  readonly record: QualityRecord
  readonly check: CheckRecord
}

function Check({ pipeline, record, check }: OfRecord) {
  const t = useText(qualityText)
  const format = useFormat()
  const held = heldOf(check)
  const [latest] = check.results
  return (
    <tr>
      <td>
        <Latest record={record} check={check} />
      </td>
      <td translate="no">{check.check}</td>
      <td className="mono">{check.table}</td>
      <td className="numbers">{held && t.ofRuns(format.number(held.held), format.number(held.of))}</td>
      <td>
        <Marks {...{ pipeline, record, check }} />
      </td>
      <td translate="no">{latest?.found}</td>
    </tr>
  )
}

/** What the newest run says of it: where that did not come so far, it is not checked. */
function Latest({ record, check: { results, severity } }: Omit<OfRecord, 'pipeline'>) {
  const t = useText(qualityText)
  const result = results.find(({ run }) => run === record.runs[0]?.key)
  if (!result) return <Status state="waiting">{t.notChecked}</Status>
  if (result.ok) return <Status state="ok">{t.holds}</Status>
  return severity === 'stop' ? (
    <Status state="down">{t.holdsNot}</Status>
  ) : (
    <Status state="slow">{t.warns}</Status>
  )
}

function Marks({ pipeline, record, check }: OfRecord) {
  const t = useText(qualityText)
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const until = new Map(record.runs.map(run => [run.key, run.until]))
  return (
    <ol className="check-marks">
      {foundBy(record, check).map(({ run, found }) => {
        const told = t.result(format.time(until.get(run) ?? 0, Date.now()), t[found])
        return (
          <li key={run}>
            <Link
              className={`status ${tones[found]}`}
              to={`/${env}/pipelines/${pipeline}/${encodeURIComponent(run)}` as never}
              aria-label={told}
              title={told}
            >
              <Icon name={icons[found]} />
            </Link>
          </li>
        )
      })}
    </ol>
  )
}
