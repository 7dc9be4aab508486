import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useLanguage, useText } from '../../i18n/text.ts'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { AlertStatus, WhoHas } from './alert-status.tsx'
import { AlertOrders } from './orders.tsx'
import { alertsText } from './text.ts'

type Detail = AnswerOf<'/api/v1/alerts/{id}'>

/** What is wrong, since when, what follows from it, who has it, and what to do. */
export function AlertPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const query = useQuery({
    queryKey: ['alerts', 'one', id],
    queryFn: ({ signal }) => get('/api/v1/alerts/{id}', { params: { id }, signal }),
    refetchInterval: 5000,
  })
  return (
    <div className="page">
      <Asked query={query} title={id}>
        {detail => <About detail={detail} />}
      </Asked>
    </div>
  )
}

function About({ detail }: { readonly detail: Detail }) {
  const t = useText(alertsText)
  const now = useNow()
  const language = useLanguage() === 'zh' ? 'zh' : 'en'
  const { env = '' } = useParams({ strict: false })
  const { alert } = detail
  const todos: Readonly<Record<string, string>> = t.todos
  const todo = todos[alert.rule]
  return (
    <>
      <header>
        <div className="row">
          <h1 translate="no">{alert.text[language]}</h1>
          <AlertStatus alert={alert} />
        </div>
        <div className="row">
          <Link className="button" to={`/${env}/alerts` as never}>
            {t.all}
          </Link>
          {alert.status === 'firing' && <AlertOrders alert={alert} />}
        </div>
      </header>
      {todo !== undefined && (
        <Panel title={t.todo}>
          <p>{todo}</p>
          {alert.runbook !== undefined && (
            <p className="muted">
              {t.runbook} <code>{alert.runbook}</code>
            </p>
          )}
        </Panel>
      )}
      <Panel title={t.where}>
        <Known detail={detail} env={env} now={now} />
      </Panel>
      {alert.consequences.length > 0 && (
        <Panel title={t.consequencesTitle}>
          <p className="muted">{t.consequencesAbout}</p>
          <ul className="stack tight">
            {alert.consequences.map(each => (
              <li key={each.id} className="row">
                <AlertStatus alert={each} />
                <Link to={`/${env}/alerts/${encodeURIComponent(each.id)}` as never}>
                  {each.text[language]}
                </Link>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <History history={detail.history} now={now} />
    </>
  )
}

function Known({
  detail,
  env,
  now,
}: {
  readonly detail: Detail
  readonly env: string
  readonly now: number
}) {
  const t = useText(alertsText)
  const words = useText(common)
  const format = useFormat()
  const { alert, cause, flows, systems } = detail
  const { above, below, firedAt, resolvedAt, told } = alert
  const bound = above === undefined ? t.below(format.number(below ?? 0, 2)) : t.above(format.number(above, 2))
  return (
    <Facts
      facts={[
        [t.value, `${alert.metric ?? alert.rule}: ${format.number(alert.value, 2)}`],
        (above ?? below) !== undefined && [t.bound, bound],
        [words.since, <Time key="since" at={alert.since} now={now} />],
        firedAt !== undefined && [t.fired, <Time key="fired" at={firedAt} now={now} />],
        resolvedAt !== undefined && [t.over, <Time key="over" at={resolvedAt} now={now} />],
        [t.who, <WhoHas key="who" alert={alert} now={now} />],
        [t.told, told.length === 0 ? t.toldNobody : format.list(told.map(({ channel }) => channel))],
        cause !== undefined && [
          t.causedBy,
          <Link key="cause" to={`/${env}/alerts/${encodeURIComponent(cause)}` as never}>
            {cause}
          </Link>,
        ],
        flows.length > 0 && [words.flow, <Places key="flows" env={env} at="flows" names={flows} />],
        systems.length > 0 && [words.system, <Places key="systems" env={env} at="systems" names={systems} />],
        /^messages-/.test(alert.rule) && [
          t.actions,
          <Link key="failures" to={`/${env}/failures` as never} search={{ flow: flows[0] } as never}>
            {t.openFailures}
          </Link>,
        ],
      ]}
    />
  )
}

function Places(props: {
  readonly env: string
  readonly at: 'flows' | 'systems'
  readonly names: readonly string[]
}) {
  const { env, at, names } = props
  return (
    <span className="row">
      {names.map(name => (
        <Link key={name} to={`/${env}/${at}/${name}` as never}>
          {name}
        </Link>
      ))}
    </span>
  )
}

function History({ history, now }: { readonly history: Detail['history']; readonly now: number }) {
  const t = useText(alertsText)
  const words = useText(common)
  const events: Readonly<Record<string, string>> = t.events
  const more = (data: unknown) => {
    const { by, channel, why, value } = (data ?? {}) as Record<string, string | number | undefined>
    return [by, channel, why, value].filter(part => part !== undefined).join(' · ')
  }
  return (
    <Panel title={t.history} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{words.time}</th>
              <th>{t.event}</th>
              <th>{words.more}</th>
            </tr>
          </thead>
          <tbody>
            {history.map(({ version, at, type, data }) => (
              <tr key={version}>
                <td>
                  <Time at={at} now={now} />
                </td>
                <td>{events[type] ?? type}</td>
                <td>{more(data)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
