import { useText } from '../../i18n/text.ts'
import { TextField } from '../../kit/field.tsx'
import { loginText } from './text.ts'

export interface NewPassword {
  readonly password: string
  readonly again: string
}

export const noPassword: NewPassword = { password: '', again: '' }

/** A password, twice, because nobody sees what is typed. */
export function NewPasswordFields(props: {
  readonly value: NewPassword
  onChange(value: NewPassword): void
}) {
  const { value, onChange } = props
  const t = useText(loginText)
  const differs = value.again !== '' && value.again !== value.password
  return (
    <>
      <TextField
        label={t.newPassword}
        type="password"
        autoComplete="new-password"
        value={value.password}
        onChange={password => onChange({ ...value, password })}
        hint={t.hint}
      />
      <TextField
        label={t.again}
        type="password"
        autoComplete="new-password"
        value={value.again}
        onChange={again => onChange({ ...value, again })}
        problem={differs ? t.differs : undefined}
      />
    </>
  )
}
