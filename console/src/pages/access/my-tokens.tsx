import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMe } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { GrantEditor } from './grant-editor.tsx'
import { type DraftGrant, grantOf, grantText } from './grants.ts'
import { useOrder } from './order.ts'
import { ShownOnce } from './shown-once.tsx'
import { accessText } from './text.ts'

type Token = AnswerOf<'/api/v1/me/tokens'>['tokens'][number]

export function MyTokens() {
  const t = useText(accessText)
  const me = useMe()
  const [asked, setAsked] = useState<'new' | Token>()
  const [made, setMade] = useState<string>()
  const query = useQuery({
    queryKey: ['people', 'tokens'],
    queryFn: ({ signal }) => get('/api/v1/me/tokens', { signal }),
    enabled: me.how === 'session',
  })
  const revoke = useOrder(
    (token: string) => post('/api/v1/me/tokens/{token}/revoke', {}, { token }),
    () => setAsked(undefined),
  )
  if (me.how !== 'session') return <Empty>{t.localOnly}</Empty>
  return (
    <Panel
      title={t.tabs.tokens}
      flush
      actions={
        <Button size="small" icon="plus" onClick={() => setAsked('new')}>
          {t.newToken}
        </Button>
      }
    >
      {made && <ShownOnce secret={made} why={t.tokenShown} onDone={() => setMade(undefined)} />}
      <Asked query={query}>
        {({ tokens }) =>
          tokens.length === 0 ? <Empty>{t.noTokens}</Empty> : <Tokens tokens={tokens} onRevoke={setAsked} />
        }
      </Asked>
      {asked === 'new' && (
        <NewToken
          onClose={() => setAsked(undefined)}
          onMade={token => {
            setMade(token)
            setAsked(undefined)
          }}
        />
      )}
      {typeof asked === 'object' && (
        <Dialog
          title={t.revokeTitle(asked.name)}
          confirm={t.revoke}
          look="danger"
          onConfirm={() => revoke.mutate(asked.id)}
          onClose={() => setAsked(undefined)}
        >
          <p>{t.revokeWhy}</p>
        </Dialog>
      )}
    </Panel>
  )
}

function Tokens({ tokens, onRevoke }: { readonly tokens: readonly Token[]; onRevoke(token: Token): void }) {
  const t = useText(accessText)
  const now = useNow(60_000)
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.grants}</th>
            <th scope="col">{t.created}</th>
            <th scope="col">{t.expires}</th>
            <th scope="col">
              <span className="hidden-text">{t.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map(token => (
            <tr key={token.id}>
              <th scope="row">{token.name}</th>
              <td>{token.grants.map(grant => grantText(grant, t)).join(' · ')}</td>
              <td>
                <Time at={token.created} now={now} age={false} />
              </td>
              <td>{token.expires < now ? t.expired : <Time at={token.expires} now={now} />}</td>
              <td>
                <Button size="small" onClick={() => onRevoke(token)}>
                  {t.revoke}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function NewToken({ onClose, onMade }: { onClose(): void; onMade(token: string): void }) {
  const t = useText(accessText)
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [drafts, setDrafts] = useState<readonly DraftGrant[]>([])
  const make = useOrder(
    () => {
      const limits = drafts.length > 0 && { grants: drafts.map(grantOf) }
      return post('/api/v1/me/tokens/new', { name, days: Number(days), ...limits })
    },
    ({ token }) => onMade(token),
  )
  return (
    <Dialog
      title={t.newToken}
      confirm={t.makeToken}
      refused={name.trim() === '' ? t.tokenName : undefined}
      onConfirm={() => make.mutate(undefined)}
      onClose={onClose}
    >
      <p className="muted">{t.tokenWhy}</p>
      <TextField label={t.tokenName} value={name} onChange={setName} />
      <TextField label={t.days} type="number" value={days} onChange={setDays} />
      <h3>{t.limit}</h3>
      {drafts.length === 0 && <p>{t.asMine}</p>}
      <GrantEditor drafts={drafts} onChange={setDrafts} />
    </Dialog>
  )
}
