import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { get, rememberCsrf } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { usePreferences } from '../../app/preferences-context.ts'
import { useText } from '../../i18n/text.ts'
import { SelectField } from '../../kit/field.tsx'
import './login.css'
import { ResetForm } from './reset-form.tsx'
import { SetUpForm } from './set-up-form.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { loginText } from './text.ts'

/** Stands at whatever address was asked for, and lets it be seen when somebody has come in. */
export function LoginPage() {
  const queries = useQueryClient()
  const [resetting, setResetting] = useState(false)
  const [told, setTold] = useState<string>()
  const t = useText(loginText)
  const query = useQuery({
    queryKey: ['ways'],
    queryFn: ({ signal }) => get('/api/v1/login/ways', { signal }),
  })
  const onEntered = (csrf: string) => {
    rememberCsrf(csrf)
    void queries.resetQueries()
  }
  const onReset = () => {
    setTold(t.resetDone)
    setResetting(false)
  }
  return (
    <main className="login">
      <section className="panel login-card">
        <header>
          <span className="row strong">
            <img src="/icon.svg" alt="" className="login-icon" />
            <span translate="no">Isthmus</span>
          </span>
          <LanguageChoice />
        </header>
        <div className="content">
          <Asked query={query}>
            {ways => {
              if (!ways.owner) return <SetUpForm onEntered={onEntered} />
              if (resetting) return <ResetForm onDone={onReset} onBack={() => setResetting(false)} />
              return (
                <SignInForm
                  ways={ways}
                  told={told}
                  onEntered={onEntered}
                  onReset={() => {
                    setTold(undefined)
                    setResetting(true)
                  }}
                />
              )
            }}
          </Asked>
        </div>
      </section>
    </main>
  )
}

function LanguageChoice() {
  const t = useText(loginText)
  const { preferences, change } = usePreferences()
  return (
    <SelectField
      label={t.language}
      value={preferences.language === 'zh' ? 'zh' : 'en'}
      options={[
        ['en', 'English'],
        ['zh', '简体中文'],
      ]}
      onChange={language => change({ language })}
    />
  )
}
