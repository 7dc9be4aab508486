import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useLanguage, useText } from '../../i18n/text.ts'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { AlertStatus, WhoHas } from './alert-status.tsx'
import { type Alert, type AlertList, countsOf } from './alerts.ts'
import { Channels, Silences } from './channels.tsx'
import { AlertOrders } from './orders.tsx'
import { alertsText } from './text.ts'

/** What fired, who has it, what to do, and whether anybody is told? */
export function AlertsPage() {
  const t = useText(alertsText)
  const query = useQuery({
    queryKey: ['alerts', 'list'],
    queryFn: ({ signal }) => get('/api/v1/alerts', { signal }),
    refetchInterval: 5000,
  })
  return (
    <div className="page">
      <Asked query={query} title={t.title}>
        {list => <Alerts list={list} />}
      </Asked>
    </div>
  )
}

function Alerts({ list }: { readonly list: AlertList }) {
  const t = useText(alertsText)
  const now = useNow()
  const { alerts, recent, silences, channels, problems } = list
  return (
    <>
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          <Verdict alerts={alerts} />
        </div>
      </header>
      {problems.map(({ code, channel = '', reason }) => (
        <div key={code + channel} className="notice failed" role="alert">
          <div className="stack tight">
            <Status state="down">{code === 'no-channel' ? t.noneTitle : t.failing(channel)}</Status>
            <span>{code === 'no-channel' ? t.noneAbout : reason}</span>
          </div>
        </div>
      ))}
      {alerts.length === 0 ? <Empty>{t.well}</Empty> : <Firing alerts={alerts} now={now} />}
      <Silences silences={silences} now={now} />
      <Channels channels={channels} now={now} />
      <Recent alerts={recent} now={now} />
    </>
  )
}

function Verdict({ alerts }: { readonly alerts: readonly Alert[] }) {
  const t = useText(alertsText)
  const { critical, warning, pending } = countsOf(alerts)
  return (
    <>
      {critical + warning === 0 && <Status state="ok">{t.well}</Status>}
      {critical > 0 && <Status state="down">{t.critical(critical)}</Status>}
      {warning > 0 && <Status state="degraded">{t.warnings(warning)}</Status>}
      {pending > 0 && <span className="muted">{t.pendingCount(pending)}</span>}
    </>
  )
}

function Firing({ alerts, now }: { readonly alerts: readonly Alert[]; readonly now: number }) {
  const t = useText(alertsText)
  const words = useText(common)
  const language = useLanguage() === 'zh' ? 'zh' : 'en'
  const { env = '' } = useParams({ strict: false })
  return (
    <Panel title={t.what} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{words.state}</th>
              <th>{t.what}</th>
              <th>{words.since}</th>
              <th>{t.who}</th>
              <th>{t.actions}</th>
            </tr>
          </thead>
          <tbody>
            {alerts.map(alert => (
              <tr key={alert.id}>
                <td>
                  <AlertStatus alert={alert} />
                </td>
                <td>
                  <Link to={`/${env}/alerts/${encodeURIComponent(alert.id)}` as never}>
                    {alert.text[language]}
                  </Link>
                  {alert.consequences.length > 0 && (
                    <div className="muted">{t.consequences(alert.consequences.length)}</div>
                  )}
                </td>
                <td>
                  <Time at={alert.since} now={now} />
                </td>
                <td>
                  <WhoHas alert={alert} now={now} />
                </td>
                <td>{alert.status === 'firing' && <AlertOrders alert={alert} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function Recent({ alerts, now }: { readonly alerts: readonly Alert[]; readonly now: number }) {
  const t = useText(alertsText)
  const format = useFormat()
  const language = useLanguage() === 'zh' ? 'zh' : 'en'
  const { env = '' } = useParams({ strict: false })
  return (
    <Panel title={t.recent} flush>
      {alerts.length === 0 ? (
        <Empty>{t.none}</Empty>
      ) : (
        <div className="scroll">
          <table className="table">
            <thead>
              <tr>
                <th>{t.over}</th>
                <th>{t.what}</th>
                <th>{t.lasted}</th>
                <th>{t.who}</th>
              </tr>
            </thead>
            <tbody>
              {alerts.map(({ id, text, since, resolvedAt = since, acknowledged }) => (
                <tr key={id}>
                  <td>
                    <Time at={resolvedAt} now={now} />
                  </td>
                  <td>
                    <Link to={`/${env}/alerts/${encodeURIComponent(id)}` as never}>{text[language]}</Link>
                  </td>
                  <td className="numbers">{format.duration(resolvedAt - since)}</td>
                  <td>{acknowledged?.by}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
