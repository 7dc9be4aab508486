import { after } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import {
  type FaultProxy,
  type OdataServer,
  startCap,
  startFaultProxy,
  startV2,
} from '../integration/odata-servers.ts'

export const Row = model('Row', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), text: Type.String() }),
})
/** The servers refuse it. */
export const refused = 'refuse me'

let cap: Promise<OdataServer> | undefined
let v2: Promise<OdataServer> | undefined
after(async () => {
  await (await cap)?.close()
  await (await v2)?.close()
})

export interface Target {
  readonly server: OdataServer
  readonly proxy: FaultProxy
}

/** The one V4 server of the file, emptied, behind a proxy of its own. */
export async function v4Target(): Promise<Target> {
  cap ??= startCap()
  const server = await cap
  await server.send('POST', 'clear', {})
  return { server, proxy: await startFaultProxy(server.url) }
}

/** The one V2 server of the file, as it began, behind a proxy of its own. */
export async function v2Target(): Promise<Target> {
  v2 ??= startV2()
  const server = await v2
  await server.send('POST', '$metadata/reload', {})
  return { server, proxy: await startFaultProxy(server.url) }
}

export function troubles(proxy: FaultProxy) {
  return {
    up: () => proxy.up(),
    down: () => proxy.down(),
    stall: () => proxy.stall(),
    resume: () => proxy.resume(),
    loseAnswer: () => proxy.loseAnswer(),
    cutAnswer: () => proxy.cutAnswer(),
    emptyAnswer: () => proxy.emptyAnswer(),
    disconnect: () => proxy.disconnect(),
    destroy: () => proxy.close(),
  }
}
