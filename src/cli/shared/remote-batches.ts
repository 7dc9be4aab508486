import type { Batch } from '../../server/operations/batches/batch-schemas.ts'
import type { BatchOperations, FailureOperations } from '../../server/operations/operations.ts'
import type { Ask } from './remote-sagas.ts'

export function remoteFailures(ask: Ask): FailureOperations {
  return {
    report: query => ask('/failures', query),
    note: (group, note) => ask(`/failures/${group}/note`, {}, note),
  }
}

export function remoteBatches(ask: Ask): BatchOperations {
  return {
    select: order => ask('/selections', {}, order),
    selection: id => ask(`/selections/${id}`),
    items: (id, query) => ask(`/selections/${id}/items`, query),
    start: (order, by) => ask('/batches', {}, { ...order, by }),
    show: id => ask(`/batches/${id}`),
    list: async () => (await ask<{ batches: Batch[] }>('/batches')).batches,
    decide: (id, decision, by) => ask(`/batches/${id}/decision`, {}, { ...decision, by }),
  }
}
