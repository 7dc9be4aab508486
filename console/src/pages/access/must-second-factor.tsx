import { useQueryClient } from '@tanstack/react-query'
import { SignOut } from '../../app/sign-out.tsx'
import { shellText } from '../../app/text.ts'
import { useText } from '../../i18n/text.ts'
import '../login/login.css'
import './access.css'
import { SecondFactor } from './second-factor.tsx'
import { accessText } from './text.ts'

/** Stands before everything, for whoever may do so much that a password alone is not enough. */
export function MustSecondFactor() {
  const t = useText(accessText)
  const shell = useText(shellText)
  const queries = useQueryClient()
  return (
    <main className="login">
      <section className="panel second-factor-card">
        <header>
          <h1>{t.factorTitle}</h1>
          <SignOut label={shell.signOut} />
        </header>
        <div className="content stack">
          <p>{t.mustFactor}</p>
          <SecondFactor onDone={() => void queries.resetQueries()} />
        </div>
      </section>
    </main>
  )
}
