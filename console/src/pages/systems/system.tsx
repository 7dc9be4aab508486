import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { useTell } from '../../kit/toast.tsx'
import { type SystemDetail, stateOf } from '../flows/flows.ts'
import { Changes, OverTime } from '../flows/over-time.tsx'
import { flowsText } from '../flows/text.ts'

/** What is it, does it answer, who uses it, and how much may it be called? */
export function SystemPage() {
  const { system = '' } = useParams({ strict: false }) as { system?: string }
  const query = useQuery({
    queryKey: ['flows', 'system', system],
    queryFn: ({ signal }) => get('/api/v1/systems/{system}', { params: { system }, signal }),
    refetchInterval: 5000,
  })
  return (
    <div className="page">
      <Asked query={query} title={system}>
        {detail => <About system={detail} />}
      </Asked>
    </div>
  )
}

function About({ system }: { readonly system: SystemDetail }) {
  const t = useText(flowsText)
  const now = useNow()
  const settings = Object.entries(system.options)
  return (
    <>
      <header>
        <div className="row">
          <h1 translate="no">{system.system}</h1>
          <Status state={stateOf(system.state)} />
        </div>
      </header>
      {system.cause !== undefined && (
        <div className="notice failed" role="status">
          {system.cause}
        </div>
      )}
      <Panel title={t.about}>
        <Known system={system} now={now} />
      </Panel>
      <OverTime system={system.system} />
      <Channels system={system} />
      {settings.length > 0 && (
        <Panel title={t.settings} flush>
          <div className="scroll">
            <table className="table">
              <tbody>
                {settings.map(([name, value]) => (
                  <tr key={name}>
                    <td className="mono">{name}</td>
                    <td className="mono">{textOf(value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Panel>
      )}
      <Changes changes={system.changes} now={now} />
    </>
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function Known({ system, now }: { readonly system: SystemDetail; readonly now: number }) {
  const t = useText(flowsText)
  const words = useText(common)
  const format = useFormat()
  const { limits } = system
  return (
    <Facts
      facts={[
        [t.kind, system.kind],
        [t.connector, system.connector],
        system.since !== undefined && [words.since, <Time key="since" at={system.since} now={now} />],
        [t.rate, format.perSecond(system.perSecond)],
        system.p50 !== undefined && [t.half, format.duration(system.p50)],
        system.p95 !== undefined && [t.latency, format.duration(system.p95)],
        [t.errors, format.number(system.errors)],
        [t.calls, format.number(system.waiting)],
        [t.quota, limits.quota ?? t.none],
        [t.concurrency, limits.concurrency === undefined ? t.none : format.number(limits.concurrency)],
        [t.timeout, limits.timeout],
        [t.breaker, t.failures(format.number(limits.breaker.failures))],
      ]}
    />
  )
}

function Channels({ system }: { readonly system: SystemDetail }) {
  const t = useText(flowsText)
  const { env = '' } = useParams({ strict: false })
  return (
    <Panel title={t.channels} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t.channel}</th>
              <th>{t.role}</th>
              <th>{t.model}</th>
              <th>{t.effect}</th>
              <th>{t.users}</th>
            </tr>
          </thead>
          <tbody>
            {system.channels.map(({ channel, role, model, effect, flows, sagas, failed }) => (
              <tr key={`${role} ${channel}`}>
                <td>
                  <span className="mono">{channel}</span>
                  {failed !== undefined && <Failed channel={channel} why={failed} />}
                </td>
                <td>{t.roles[role]}</td>
                <td>{model}</td>
                <td>{effect}</td>
                <td>
                  <span className="row">
                    {flows.map(flow => (
                      <Link key={flow} to={`/${env}/flows/${flow}` as never}>
                        {flow}
                      </Link>
                    ))}
                    {sagas.map(saga => (
                      <Link key={saga} to={`/${env}/sagas` as never} search={{ saga } as never}>
                        {saga}
                      </Link>
                    ))}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

/** A source that has stopped working tries again by itself, later and later; a person need not wait for that. */
function Failed({ channel, why }: { readonly channel: string; readonly why: string }) {
  const t = useText(flowsText)
  const words = useText(common)
  const tell = useTell()
  const me = useMe()
  const missing = useMissing('operate')
  const retry = useMutation({
    mutationFn: () => post('/api/v1/sources/{source}/retry', { by: me.name }, { source: channel }),
    onSuccess: () => tell(t.tried(channel)),
    onError: error => tell(error.message, { tone: 'failed' }),
  })
  return (
    <div className="stack tight">
      <Status state="down">{t.sourceFailed}</Status>
      <span className="muted">{why}</span>
      <Button size="small" refused={missing && words.missing(missing)} onClick={() => retry.mutate()}>
        {t.tryNow}
      </Button>
    </div>
  )
}
