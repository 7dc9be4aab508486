import type { AlertDetail, AlertList } from '../../server/operations/alert-schemas.ts'
import type { AlertOperations } from '../../server/operations/operations.ts'
import { type Ask, noneFor404 } from './remote-sagas.ts'

/** Alerts of a running instance, through its control API. */
export function remoteAlerts(ask: Ask): AlertOperations {
  const at = (id: string) => `/alerts/${encodeURIComponent(id)}`
  return {
    list: () => ask('/alerts'),
    async show(id) {
      const found = ask<AlertDetail>(at(id)).then(detail => [detail])
      return (await found.catch(noneFor404))[0]
    },
    silence: (id, order) => ask(`${at(id)}/silence`, {}, order),
    acknowledge: async (id, order) => void (await ask(`${at(id)}/acknowledge`, {}, order)),
    async silences() {
      return (await ask<Pick<AlertList, 'silences'>>('/silences')).silences
    },
    addSilence: order => ask('/silences', {}, order),
    endSilence: async (id, order) => void (await ask(`/silences/${encodeURIComponent(id)}/end`, {}, order)),
    test: channel => ask(`/alert-channels/${encodeURIComponent(channel)}/test`, {}, {}),
  }
}
