import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Empty, Facts, Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { AccountDialog, type AccountOrder, NewAccount } from './account-dialogs.tsx'
import { grantText } from './grants.ts'
import { useOrder } from './order.ts'
import { ShownOnce } from './shown-once.tsx'
import { accessText } from './text.ts'

export type Account = AnswerOf<'/api/v1/accounts'>['accounts'][number]

export function Accounts() {
  const t = useText(accessText)
  const words = useText(common)
  const missing = useMissing('people')
  const [asked, setAsked] = useState<'new' | { order: AccountOrder; account: Account }>()
  const [told, setTold] = useState<{ secret: string; why: string }>()
  const query = useQuery({
    queryKey: ['people', 'accounts'],
    queryFn: ({ signal }) => get('/api/v1/accounts', { signal }),
    enabled: missing === undefined,
  })
  if (missing !== undefined) return <Empty>{words.missing(missing)}</Empty>
  const close = () => setAsked(undefined)
  const tellOnce = (secret: string, why: string) => {
    setTold({ secret, why })
    close()
  }
  return (
    <>
      <Panel
        title={t.tabs.accounts}
        flush
        actions={
          <Button size="small" icon="plus" onClick={() => setAsked('new')}>
            {t.newAccount}
          </Button>
        }
      >
        {told && <ShownOnce {...told} onDone={() => setTold(undefined)} />}
        <Asked query={query}>{({ accounts }) => <AccountTable accounts={accounts} />}</Asked>
      </Panel>
      <Selected
        accounts={query.data?.accounts ?? []}
        onOrder={(order, account) => setAsked({ order, account })}
      />
      {asked === 'new' && (
        <NewAccount onClose={close} onMade={(code, name) => tellOnce(code, t.codeShown(name))} />
      )}
      {typeof asked === 'object' && (
        <AccountDialog {...asked} onClose={close} onReset={file => tellOnce(file, t.resetFile(file))} />
      )}
    </>
  )
}

function AccountTable({ accounts }: { readonly accounts: readonly Account[] }) {
  const t = useText(accessText)
  const { account: selected } = useSearch({ strict: false }) as { account?: string }
  if (accounts.length === 0) return <Empty>{t.noAccounts}</Empty>
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.grants}</th>
            <th scope="col">{t.origin}</th>
            <th scope="col">{t.secondFactor}</th>
            <th scope="col" className="number">
              {t.sessions}
            </th>
          </tr>
        </thead>
        <tbody>
          {accounts.map(account => (
            <tr key={account.name} aria-selected={account.name === selected}>
              <th scope="row">
                <Link
                  to={'.' as never}
                  search={((before: object) => ({ ...before, account: account.name })) as never}
                >
                  {account.name}
                </Link>{' '}
                <State account={account} />
              </th>
              <td>{account.grants.map(grant => grantText(grant, t)).join(' · ') || t.nothing}</td>
              <td>{t.origins[account.origin]}</td>
              <td>{account.totp === undefined ? t.no : t.yes}</td>
              <td className="number">{account.sessions}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Selected(props: {
  readonly accounts: readonly Account[]
  onOrder(order: AccountOrder, account: Account): void
}) {
  const { accounts, onOrder } = props
  const t = useText(accessText)
  const now = useNow(60_000)
  const { account: name } = useSearch({ strict: false }) as { account?: string }
  const account = accounts.find(each => each.name === name)
  if (!account) return null
  return (
    <Panel title={account.name}>
      <div className="stack">
        <Facts
          facts={[
            [t.grants, account.grants.map(grant => grantText(grant, t)).join(' · ') || t.nothing],
            [t.created, <Time key="created" at={account.created} now={now} />],
            account.reset !== undefined && [t.code, <Time key="reset" at={account.reset} now={now} />],
            account.tokens.length > 0 && [t.token, account.tokens.map(token => token.name).join(', ')],
          ]}
        />
        <Actions account={account} onOrder={order => onOrder(order, account)} />
      </div>
    </Panel>
  )
}

function State({ account }: { readonly account: Account }) {
  const t = useText(accessText)
  if (account.disabled) return <span className="status warn">{t.states.disabled}</span>
  const isInvited = account.origin === 'local' && !account.password
  return isInvited ? <span className="muted">{t.states.invited}</span> : null
}

function Actions({ account, onOrder }: { readonly account: Account; onOrder(order: AccountOrder): void }) {
  const t = useText(accessText)
  const { name: subject, origin, disabled } = account
  const enable = useOrder(() =>
    post('/api/v1/accounts/{account}/disabled', { disabled: false }, { account: subject }),
  )
  const directory = origin === 'local' ? undefined : t.fromDirectory
  return (
    <div className="row">
      <Button refused={directory} onClick={() => onOrder('grants')}>
        {t.change}
      </Button>
      <Button refused={directory} onClick={() => onOrder('reset')}>
        {t.reset}
      </Button>
      <Button onClick={() => onOrder('end')}>{t.endSessions}</Button>
      {account.totp !== undefined && <Button onClick={() => onOrder('factor')}>{t.dropFactor}</Button>}
      <span className="grow" />
      {disabled ? (
        <Button onClick={() => enable.mutate(undefined)}>{t.enable}</Button>
      ) : (
        <Button look="danger" onClick={() => onOrder('disable')}>
          {t.disable}
        </Button>
      )}
    </div>
  )
}
