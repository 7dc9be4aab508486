import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Failure } from './failure.tsx'
import { LiveUpdates } from './live.tsx'
import { Session, useMe } from './session.tsx'

const Login = lazy(() => import('../pages/login/page.tsx').then(page => ({ default: page.LoginPage })))

const MustSecondFactor = lazy(() =>
  import('../pages/access/must-second-factor.tsx').then(page => ({ default: page.MustSecondFactor })),
)

/** Everything but the login. */
export function SignedIn() {
  return (
    <Session
      otherwise={
        <Suspense>
          <Login />
        </Suspense>
      }
      failed={error => (
        <main className="page">
          <Failure error={error} />
        </main>
      )}
    >
      <Ready />
    </Session>
  )
}

/** What must be done before anything else stands before everything. */
function Ready() {
  if (useMe().must.includes('totp'))
    return (
      <Suspense>
        <MustSecondFactor />
      </Suspense>
    )
  return (
    <LiveUpdates>
      <Outlet />
    </LiveUpdates>
  )
}
