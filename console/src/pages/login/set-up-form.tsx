import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { NewPasswordFields, noPassword } from './new-password.tsx'
import { toldOf } from './problem.ts'
import { loginText } from './text.ts'

/** The first owner, by the code that the instance has printed. */
export function SetUpForm({ onEntered }: { onEntered(csrf: string): void }) {
  const t = useText(loginText)
  const [code, setCode] = useState('')
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState(noPassword)
  const setUp = useMutation({
    mutationFn: () => post('/api/v1/setup', { code, name, password: chosen.password }),
    onSuccess: ({ csrf }) => onEntered(csrf),
  })
  const refused = chosen.password !== chosen.again ? t.differs : undefined
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (refused === undefined) setUp.mutate()
      }}
    >
      <h1>{t.setUpTitle}</h1>
      <p>{t.setUpWhy}</p>
      <TextField label={t.setUpCode} value={code} onChange={setCode} autoComplete="off" autoFocus />
      <TextField label={t.name} value={name} onChange={setName} autoComplete="username" />
      <NewPasswordFields value={chosen} onChange={setChosen} />
      {setUp.error && (
        <p className="notice failed" role="alert">
          {toldOf(setUp.error, t, t.setUpWrong)}
        </p>
      )}
      <Button type="submit" look="primary" refused={refused}>
        {t.setUp}
      </Button>
    </form>
  )
}
