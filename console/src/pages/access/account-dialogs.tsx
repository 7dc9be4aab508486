import { useState } from 'react'
import { post } from '../../api/client.ts'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import type { Account } from './accounts.tsx'
import { GrantEditor } from './grant-editor.tsx'
import { draftOf, grantOf } from './grants.ts'
import { useOrder } from './order.ts'
import { accessText } from './text.ts'

export type AccountOrder = 'grants' | 'reset' | 'end' | 'factor' | 'disable'

export function NewAccount({
  onClose,
  onMade,
}: {
  onClose(): void
  onMade(code: string, name: string): void
}) {
  const t = useText(accessText)
  const [name, setName] = useState('')
  const [drafts, setDrafts] = useState(() => [draftOf({ role: 'viewer' })])
  const make = useOrder(
    () => post('/api/v1/accounts/new', { name: name.trim(), grants: drafts.map(grantOf) }),
    ({ code }) => onMade(code, name.trim()),
  )
  return (
    <Dialog
      title={t.newAccount}
      confirm={t.create}
      refused={name.trim() === '' ? t.accountName : undefined}
      onConfirm={() => make.mutate(undefined)}
      onClose={onClose}
    >
      <TextField label={t.accountName} value={name} onChange={setName} />
      <h3>{t.grants}</h3>
      <GrantEditor drafts={drafts} onChange={changed => setDrafts([...changed])} />
    </Dialog>
  )
}

/** One order about one account; each is recorded with its reason. */
export function AccountDialog(props: {
  readonly order: AccountOrder
  readonly account: Account
  onClose(): void
  onReset(file: string): void
}) {
  const { order, account, onClose, onReset } = props
  const t = useText(accessText)
  const words = useText(common)
  const [why, setWhy] = useState('')
  const [drafts, setDrafts] = useState(() => account.grants.map(draftOf))
  const give = useOrder(
    () => ordered(order, account.name, { why: why.trim(), grants: drafts.map(grantOf) }),
    file => (file === undefined ? onClose() : onReset(file)),
  )
  const { title, more, confirm } = toldBy(order, account.name, t)
  return (
    <Dialog
      title={title}
      confirm={confirm}
      look={order === 'grants' ? 'primary' : 'danger'}
      refused={why.trim() === '' ? words.reasonNeeded : undefined}
      onConfirm={() => give.mutate(undefined)}
      onClose={onClose}
    >
      {order === 'grants' && <GrantEditor drafts={drafts} onChange={changed => setDrafts([...changed])} />}
      <p className="muted">{more}</p>
      <TextField label={words.reason} value={why} onChange={setWhy} />
    </Dialog>
  )
}

function toldBy(order: AccountOrder, name: string, t: ReturnType<typeof useText<(typeof accessText)['en']>>) {
  const known = {
    grants: { title: t.changeTitle(name), more: t.sessionsEnd, confirm: t.save },
    reset: { title: t.resetTitle(name), more: t.resetWhy, confirm: t.reset },
    end: { title: t.endTitle(name), more: t.sessionsEnd, confirm: t.endSessions },
    factor: { title: t.dropTitle(name), more: t.dropWhy, confirm: t.dropFactor },
    disable: { title: t.disableTitle(name), more: t.sessionsEnd, confirm: t.disable },
  }
  return known[order]
}

/** Gives where the code of a reset lies. */
async function ordered(
  order: AccountOrder,
  account: string,
  { why, grants }: { readonly why: string; readonly grants: ReturnType<typeof grantOf>[] },
): Promise<string | undefined> {
  const whose = { account }
  if (order === 'grants') await post('/api/v1/accounts/{account}/grants', { grants, why }, whose)
  if (order === 'end') await post('/api/v1/accounts/{account}/sessions/end', { why }, whose)
  if (order === 'factor') await post('/api/v1/accounts/{account}/totp/remove', { why }, whose)
  if (order === 'disable') await post('/api/v1/accounts/{account}/disabled', { disabled: true, why }, whose)
  if (order !== 'reset') return undefined
  const { file, code } = await post('/api/v1/accounts/{account}/reset', { why }, whose)
  return file ?? code
}
