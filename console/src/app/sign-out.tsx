import { useQueryClient } from '@tanstack/react-query'
import { post } from '../api/client.ts'
import { Button } from '../kit/button.tsx'

export function SignOut({ label }: { readonly label: string }) {
  const queries = useQueryClient()
  return (
    <Button onClick={() => void post('/api/v1/logout', {}).finally(() => queries.resetQueries())}>
      {label}
    </Button>
  )
}
