import { Navigate } from '@tanstack/react-router'
import { useMe } from '../../app/session.tsx'

export function Home() {
  const { environment } = useMe()
  return <Navigate to={`/${environment}/landscape` as never} replace />
}
