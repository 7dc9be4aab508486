import type { Outgoing, Requester } from '../../system/roles.ts'
import { eachAlone } from '../single-calls.ts'
import type { Change } from './change.ts'
import type { OdataService } from './service.ts'

/** One request an item. `ask` never rejects. */
export function odataRequester(
  ask: (item: Outgoing, signal: AbortSignal) => Promise<unknown>,
  concurrency: number | undefined,
  service: OdataService,
): Requester {
  return {
    concurrency: concurrency ?? 8,
    ask: (items, signal) => service.underWay(eachAlone(items, item => ask(item, signal))),
  }
}

/** A change whose answer matters. */
export function changeRequester(change: Change): Requester {
  const { concurrency, probe } = change.settings
  const requester = odataRequester((item, signal) => change.apply(item, signal), concurrency, change.service)
  if (!probe) return requester
  return { ...requester, probe: (item, signal) => change.service.underWay(change.probe(item, signal)) }
}
