import { useState } from 'react'
import { useText } from '../../i18n/text.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { toldOf } from '../login/problem.ts'
import { loginText } from '../login/text.ts'
import { useOrder } from './order.ts'
import { accessText } from './text.ts'
/** Removes something by which one signs in: only who knows the password may, not who has found an open session. */
export function RemoveDialog(props: {
  readonly title: string
  remove(password: string): Promise<unknown>
  onClose(): void
}) {
  const { title, remove, onClose } = props
  const t = useText(accessText)
  const words = useText(loginText)
  const [password, setPassword] = useState('')
  const order = useOrder(() => remove(password), onClose)
  return (
    <Dialog
      title={title}
      confirm={t.removeFactor}
      look="danger"
      onConfirm={() => order.mutate(undefined)}
      onClose={onClose}
    >
      <TextField
        label={t.oldPassword}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      {order.error && (
        <p className="notice failed" role="alert">
          {toldOf(order.error, words, words.passwords.wrong)}
        </p>
      )}
    </Dialog>
  )
}
