import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { NewPasswordFields, noPassword } from './new-password.tsx'
import { toldOf } from './problem.ts'
import { loginText } from './text.ts'

/** A password for a new account, or another one for whoever has forgotten it. */
export function ResetForm({ onDone, onBack }: { onDone(): void; onBack(): void }) {
  const t = useText(loginText)
  const [name, setName] = useState('')
  const [code, setCode] = useState('')
  const [chosen, setChosen] = useState(noPassword)
  const reset = useMutation({
    mutationFn: () => post('/api/v1/password', { name, code, password: chosen.password }),
    onSuccess: onDone,
  })
  const refused = chosen.password !== chosen.again ? t.differs : undefined
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (refused === undefined) reset.mutate()
      }}
    >
      <h1>{t.resetTitle}</h1>
      <TextField label={t.name} value={name} onChange={setName} autoComplete="username" autoFocus />
      <TextField label={t.resetCode} value={code} onChange={setCode} autoComplete="off" />
      <NewPasswordFields value={chosen} onChange={setChosen} />
      {reset.error && (
        <p className="notice failed" role="alert">
          {toldOf(reset.error, t, t.resetWrong)}
        </p>
      )}
      <Button type="submit" look="primary" refused={refused}>
        {t.reset}
      </Button>
      <Button look="quiet" size="small" onClick={onBack}>
        {t.back}
      </Button>
    </form>
  )
}
