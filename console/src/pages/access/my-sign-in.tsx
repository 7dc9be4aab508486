import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useMe } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { Panel } from '../../kit/panel.tsx'
import { useTell } from '../../kit/toast.tsx'
import { NewPasswordFields, noPassword } from '../login/new-password.tsx'
import { toldOf } from '../login/problem.ts'
import { loginText } from '../login/text.ts'
import { MyKeys } from './my-keys.tsx'
import { useOrder } from './order.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { SecondFactor } from './second-factor.tsx'
import { accessText } from './text.ts'

/** The own password and second factor. */
export function MySignIn() {
  const t = useText(accessText)
  const me = useMe()
  const tell = useTell()
  const [asked, setAsked] = useState<'password' | 'factor' | 'no factor'>()
  const order = useOrder(async () => {})
  if (me.origin !== 'local')
    return (
      <Panel title={t.own}>
        <p className="muted">{t.ofDirectory}</p>
      </Panel>
    )
  const close = () => setAsked(undefined)
  return (
    <Panel title={t.own}>
      <div className="stack">
        <div className="row">
          <Button onClick={() => setAsked('password')}>{t.changePassword}</Button>
        </div>
        <div className="row">
          <span className={me.totp ? 'status ok' : 'status'}>{me.totp ? t.factorOn : t.factorOff}</span>
          <Button onClick={() => setAsked(me.totp ? 'no factor' : 'factor')}>
            {me.totp ? t.removeFactor : t.setFactor}
          </Button>
        </div>
        <MyKeys />
        {asked === 'factor' && (
          <SecondFactor
            onDone={() => {
              tell(t.factorDone)
              order.mutate(undefined)
              close()
            }}
          />
        )}
      </div>
      {asked === 'password' && <ChangePassword onClose={close} />}
      {asked === 'no factor' && (
        <RemoveDialog
          title={t.factorTitle}
          remove={password => post('/api/v1/me/totp/remove', { password })}
          onClose={close}
        />
      )}
    </Panel>
  )
}

function ChangePassword({ onClose }: { onClose(): void }) {
  const t = useText(accessText)
  const words = useText(loginText)
  const tell = useTell()
  const [old, setOld] = useState('')
  const [chosen, setChosen] = useState(noPassword)
  const change = useOrder(
    () => post('/api/v1/me/password', { old, password: chosen.password }),
    () => {
      tell(t.passwordChanged)
      onClose()
    },
  )
  return (
    <Dialog
      title={t.changePassword}
      confirm={t.save}
      refused={chosen.password === chosen.again ? undefined : words.differs}
      onConfirm={() => change.mutate(undefined)}
      onClose={onClose}
    >
      <TextField
        label={t.oldPassword}
        type="password"
        autoComplete="current-password"
        value={old}
        onChange={setOld}
      />
      <NewPasswordFields value={chosen} onChange={setChosen} />
      {change.error && (
        <p className="notice failed" role="alert">
          {toldOf(change.error, words, words.passwords.wrong)}
        </p>
      )}
    </Dialog>
  )
}
