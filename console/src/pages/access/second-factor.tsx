import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { toldOf } from '../login/problem.ts'
import { loginText } from '../login/text.ts'
import { ShownOnce } from './shown-once.tsx'
import { accessText } from './text.ts'

/** Sets up a second factor: a secret for an app, and its first code. */
export function SecondFactor({ onDone }: { onDone(): void }) {
  const t = useText(accessText)
  const words = useText(loginText)
  const [code, setCode] = useState('')
  const begin = useMutation({ mutationFn: () => post('/api/v1/me/totp', {}) })
  const confirm = useMutation({
    mutationFn: () => post('/api/v1/me/totp/confirm', { code: code.trim() }),
  })
  const error = begin.error ?? confirm.error
  if (confirm.data)
    return <ShownOnce secret={confirm.data.recovery.join('\n')} why={t.recovery} onDone={onDone} />
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault()
        if (begin.data) confirm.mutate()
        else begin.mutate()
      }}
    >
      {begin.data && (
        <>
          <p>{t.factorHow}</p>
          <div className="stack tight">
            <span className="strong">{t.factorSecret}</span>
            <span className="secret" translate="no">
              {begin.data.secret.match(/.{4}/g)?.join(' ')}
            </span>
          </div>
          <a href={begin.data.uri}>{t.factorLink}</a>
          <TextField
            label={t.factorCode}
            value={code}
            onChange={setCode}
            autoComplete="one-time-code"
            hint={words.codeHint}
            autoFocus
          />
        </>
      )}
      {error && (
        <p className="notice failed" role="alert">
          {toldOf(error, words, words.codeWrong)}
        </p>
      )}
      <span>
        <Button type="submit" look="primary">
          {begin.data ? t.factorSet : t.begin}
        </Button>
      </span>
    </form>
  )
}
