import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { askedOfKey, hasApp, needsCode, toldOf } from './problem.ts'
import { answerByKey } from './security-key.ts'
import { loginText } from './text.ts'

export function SignInForm(props: {
  readonly ways: AnswerOf<'/api/v1/login/ways'>
  readonly told: string | undefined
  onEntered(csrf: string): void
  onReset(): void
}) {
  const { ways, told, onEntered, onReset } = props
  const t = useText(loginText)
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [totp, setTotp] = useState('')
  const [asksCode, setAsksCode] = useState(false)
  const [forKey, setForKey] = useState<unknown>()
  const login = useMutation({
    mutationFn: async (asked: unknown) => {
      const code = asksCode && totp.trim() !== '' && { totp: totp.trim() }
      const second = asked === undefined ? code : { key: await answerByKey(asked) }
      return post('/api/v1/login', { name, password, ...second })
    },
    onSuccess: ({ csrf }) => onEntered(csrf),
    onError: error => {
      setAsksCode(hasApp(error) || asksCode)
      setForKey(askedOfKey(error) ?? forKey)
    },
  })
  const isFirstQuestion = needsCode(login.error) && totp === '' && login.variables === undefined
  const problem = login.error && !isFirstQuestion ? toldOf(login.error, t, t.wrong) : undefined
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        login.mutate(undefined)
      }}
    >
      <h1>{t.title}</h1>
      {told && (
        <p role="status" className="strong">
          {told}
        </p>
      )}
      {ways.oidc && (
        <>
          <a className="button primary" href="/api/v1/oidc/start">
            {t.with(ways.oidc.label)}
          </a>
          <span className="login-or">{t.or}</span>
        </>
      )}
      <TextField label={t.name} value={name} onChange={setName} autoComplete="username" autoFocus />
      <TextField
        label={t.password}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        hint={ways.ldap ? t.directory : undefined}
      />
      {asksCode && (
        <TextField
          label={t.code}
          value={totp}
          onChange={setTotp}
          autoComplete="one-time-code"
          hint={t.codeHint}
          autoFocus
        />
      )}
      {forKey !== undefined && (
        <div className="stack tight">
          <p>{t.keyNeeded}</p>
          <Button look="primary" onClick={() => login.mutate(forKey)}>
            {t.key}
          </Button>
        </div>
      )}
      {problem && (
        <p className="notice failed" role="alert">
          {problem}
        </p>
      )}
      <Button type="submit" look={ways.oidc ? undefined : 'primary'}>
        {t.signIn}
      </Button>
      <Button look="quiet" size="small" onClick={onReset}>
        {t.haveCode}
      </Button>
    </form>
  )
}
