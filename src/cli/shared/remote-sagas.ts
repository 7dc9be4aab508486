import { IsthmusError } from '../../errors.ts'
import type { SagaOperations, TransactionOperations } from '../../server/operations/operations.ts'
import type { SagaDetail } from '../../server/operations/saga-schemas.ts'
import type { InDoubtResolved } from '../../server/operations/transaction-schemas.ts'

/** One call of the control API. */
export type Ask = <T>(path: string, query?: Readonly<Record<string, unknown>>, order?: unknown) => Promise<T>

export function remoteSagas(ask: Ask): SagaOperations {
  const at = (saga: string, key: string) => `/sagas/${encodeURIComponent(saga)}/${encodeURIComponent(key)}`
  return {
    list: query => ask('/sagas', query),
    show: async (saga, key, showPii) => {
      const found = ask<SagaDetail>(at(saga, key), { showPii }).then(one => [one])
      return (await found.catch(noneFor404))[0]
    },
    start: (saga, order) => ask(`/sagas/${encodeURIComponent(saga)}`, {}, order),
    decide: async (saga, key, order) => void (await ask(`${at(saga, key)}/decision`, {}, order)),
  }
}

export function remoteTransactions(ask: Ask): TransactionOperations {
  return {
    inDoubt: gid => ask('/indoubt', { gid }),
    resolve: async (gid, order) =>
      (await ask<InDoubtResolved>(`/indoubt/${encodeURIComponent(gid)}/decision`, {}, order)).done,
  }
}

export function noneFor404(error: unknown): never[] {
  if (error instanceof IsthmusError && error.detail.status === 404) return []
  throw error
}
