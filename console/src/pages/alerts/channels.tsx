import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Time } from '../../kit/time.tsx'
import { useTell } from '../../kit/toast.tsx'
import { type Channel, matchText, type Silence } from './alerts.ts'
import { alertsText } from './text.ts'

export function Channels({ channels, now }: { readonly channels: readonly Channel[]; readonly now: number }) {
  const t = useText(alertsText)
  if (channels.length === 0) return null
  return (
    <Panel title={t.channels} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t.channel}</th>
              <th>{t.kind}</th>
              <th>{t.language}</th>
              <th>{t.atLeast}</th>
              <th>{t.sent}</th>
              <th>{t.actions}</th>
            </tr>
          </thead>
          <tbody>
            {channels.map(channel => (
              <tr key={channel.name}>
                <td>
                  <div className="row">
                    <strong>{channel.name}</strong>
                    <Status state={channel.failing ? 'down' : 'ok'}>
                      {channel.failing ? t.doesNot : t.works}
                    </Status>
                  </div>
                  {channel.failing && <div className="muted">{channel.failing.reason}</div>}
                </td>
                <td>{t.kinds[channel.kind]}</td>
                <td>{t.languages[channel.language]}</td>
                <td>{t.severities[channel.atLeast]}</td>
                <td>
                  {channel.lastSent === undefined ? (
                    <span className="muted">{t.never}</span>
                  ) : (
                    <Time at={channel.lastSent} now={now} />
                  )}
                </td>
                <td>
                  <TestChannel name={channel.name} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function TestChannel({ name }: { readonly name: string }) {
  const t = useText(alertsText)
  const words = useText(common)
  const tell = useTell()
  const queries = useQueryClient()
  const missing = useMissing('alerts')
  const test = useMutation({
    mutationFn: () => post('/api/v1/alert-channels/{name}/test', {}, { name }),
    onSuccess: ({ taken, reason }) => {
      if (taken) tell(t.tested(name))
      else tell(t.untested(name, reason ?? ''), { tone: 'failed' })
      void queries.invalidateQueries({ queryKey: ['alerts'] })
    },
    onError: error => tell(error.message, { tone: 'failed' }),
  })
  const refused = missing !== undefined ? words.missing(missing) : test.isPending ? t.testing : undefined
  return (
    <Button size="small" refused={refused} onClick={() => test.mutate()}>
      {t.test}
    </Button>
  )
}

export function Silences({ silences, now }: { readonly silences: readonly Silence[]; readonly now: number }) {
  const t = useText(alertsText)
  if (silences.length === 0) return null
  return (
    <Panel title={t.silences} flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t.forWhat}</th>
              <th>{t.until}</th>
              <th>{t.by}</th>
              <th>{t.why}</th>
              <th>{t.actions}</th>
            </tr>
          </thead>
          <tbody>
            {silences.map(silence => (
              <tr key={silence.id}>
                <td className="mono">{matchText(silence)}</td>
                <td>
                  <Time at={silence.until} now={now} />
                </td>
                <td>{silence.by}</td>
                <td>{silence.why}</td>
                <td>
                  <EndSilence id={silence.id} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function EndSilence({ id }: { readonly id: string }) {
  const t = useText(alertsText)
  const words = useText(common)
  const tell = useTell()
  const queries = useQueryClient()
  const missing = useMissing('alerts')
  const end = useMutation({
    mutationFn: () => post('/api/v1/silences/{id}/end', {}, { id }),
    onSuccess: () => {
      tell(t.ended)
      void queries.invalidateQueries({ queryKey: ['alerts'] })
    },
    onError: error => tell(error.message, { tone: 'failed' }),
  })
  return (
    <Button size="small" refused={missing && words.missing(missing)} onClick={() => end.mutate()}>
      {t.end}
    </Button>
  )
}
