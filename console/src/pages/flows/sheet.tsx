import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time } from '../../kit/time.tsx'
import type { FlowDetail } from './flows.ts'
import { Place } from './steps.tsx'
import { flowsText } from './text.ts'

/** Accepted = all the others: what is left over is on its way, or lost. */
export function Sheet({ sheet }: { readonly sheet: FlowDetail['sheet'] }) {
  const t = useText(flowsText)
  const format = useFormat()
  const { delivered, filtered, discarded, ended, missing } = sheet
  const ends =
    delivered === undefined
      ? [[t.ended, ended] as const]
      : ([
          [t.delivered, delivered],
          [t.filtered, filtered ?? 0],
          [t.discarded, discarded ?? 0],
        ] as const)
  const terms = [
    ...ends,
    [t.inFlight, sheet.waiting],
    [t.retrying, sheet.retrying],
    [t.held, sheet.held],
    [t.parked, sheet.parked],
    [t.inDoubt, sheet.inDoubt],
  ] as const
  return (
    <Panel
      title={t.sheet}
      flush
      actions={
        missing === 0 ? (
          <Status state="ok">{t.balanced}</Status>
        ) : (
          <Status state="running">{t.moving(format.number(missing))}</Status>
        )
      }
    >
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th className="number">{t.accepted}</th>
              {terms.map(([name]) => (
                <th key={name} className="number">
                  {name}
                </th>
              ))}
              <th className="number">{t.missing}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td className="number strong">{format.number(sheet.accepted)}</td>
              {terms.map(([name, value]) => (
                <td key={name} className={value === 0 ? 'number muted' : 'number'}>
                  {format.number(value)}
                </td>
              ))}
              <td className="number strong">{format.number(missing)}</td>
            </tr>
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

/** How the calls of the systems on its way are governed. */
export function FlowLimits({ flow, env }: { readonly flow: FlowDetail; readonly env: string }) {
  const t = useText(flowsText)
  const words = useText(common)
  const format = useFormat()
  if (flow.limits.length === 0) return null
  return (
    <Panel title={t.limits} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{words.system}</th>
              <th>{t.quota}</th>
              <th className="number">{t.concurrency}</th>
              <th>{t.timeout}</th>
              <th>{t.breaker}</th>
            </tr>
          </thead>
          <tbody>
            {flow.limits.map(({ system, quota, concurrency, timeout, breaker }) => (
              <tr key={system}>
                <td>
                  <Place env={env} channel={system} />
                </td>
                <td>{quota ?? t.none}</td>
                <td className="number">{concurrency === undefined ? t.none : format.number(concurrency)}</td>
                <td>{timeout}</td>
                <td>{t.failures(format.number(breaker))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

/** The newest first. */
export function Versions({
  versions,
  now,
}: {
  readonly versions: FlowDetail['versions']
  readonly now: number
}) {
  const t = useText(flowsText)
  if (versions.length === 0) return null
  return (
    <Panel title={t.versions} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t.version}</th>
              <th>{t.from}</th>
              <th>{t.until}</th>
              <th>{t.hash}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(({ version, hash, since, until }) => (
              <tr key={version}>
                <td>{`v${version}`}</td>
                <td>
                  <Time at={since} now={now} />
                </td>
                <td>{until === undefined ? t.current : <Time at={until} now={now} />}</td>
                <td className="mono">{hash.slice(0, 12)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
