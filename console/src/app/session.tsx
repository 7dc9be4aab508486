import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import type { AnswerOf } from '../../../src/client/answers.ts'
import { ApiProblem, get, rememberCsrf } from '../api/client.ts'

export type Me = AnswerOf<'/api/v1/me'>
export type Permission = Me['permissions'][number]

const MeContext = createContext<Me | undefined>(undefined)

/** Who is logged in, and what they may do. */
export function useMe(): Me {
  const me = useContext(MeContext)
  if (!me) throw new Error('outside of a session')
  return me
}

/** Undefined where it is allowed, else the name of what is missing: for `refused` of buttons. */
export function useMissing(permission: Permission): Permission | undefined {
  return useMe().permissions.includes(permission) ? undefined : permission
}

/** Shows `children` to who is logged in, else `otherwise`. */
export function Session(props: {
  readonly children: ReactNode
  readonly otherwise: ReactNode
  readonly failed: (error: Error) => ReactNode
}) {
  const { data, error } = useQuery({
    queryKey: ['me'],
    queryFn: askMe,
    staleTime: 60_000,
  })
  if (data) return <MeContext value={data}>{props.children}</MeContext>
  if (error instanceof ApiProblem && error.status === 401) return props.otherwise
  return error ? props.failed(error) : null
}

async function askMe({ signal }: { readonly signal: AbortSignal }): Promise<Me> {
  const me = await get('/api/v1/me', { signal })
  rememberCsrf(me.csrf)
  return me
}
