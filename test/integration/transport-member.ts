/*
 * A member of a PostgreSQL store behind a transport, in a process of its own. It accepts what it is told, and tells each
 * effect. As its arguments: what it is started with, as JSON.
 */
import { randomUUID } from 'node:crypto'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { flow, landscape } from '../../src/index.ts'
import type { Role } from '../../src/store/members.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { testEnds } from './kafka-engine.ts'
import { openTransport } from './transport-harness.ts'

export interface MemberStart {
  readonly brokers: string
  readonly topic: string
  readonly url: string
  readonly schema: string
  readonly roles: readonly Role[]
  readonly partitions: number
  readonly lease: number
}

/** What it is told. */
export type Order = { readonly accept: number; readonly key: string } | { readonly stop: true }

/** What it tells. */
export type Told =
  | { readonly ready: true }
  | { readonly accepted: number; readonly ok: boolean }
  | { readonly effect: string; readonly n: number; readonly key: string }

const start = JSON.parse(process.argv[2] ?? '') as MemberStart
const tell = (told: Told) => process.send?.(told)

const store = postgresStore({ url: start.url, schema: start.schema })
const { roles, partitions, lease } = start
const member = await store.join?.(
  { id: randomUUID(), name: 'test', roles, version: '1' },
  { partitions, lease },
)
if (!member) throw new Error('the store takes no members')
const { brokers, topic } = start
const transport = await openTransport({ brokers, topic, replication: 3 })
await transport.check(member.partitions)
const { ends, made, counted, intake } = testEnds(({ effectKey, data }) =>
  tell({ effect: effectKey, n: data.n, key: data.key }),
)
const counting = flow('counting')
  .from({ ...made, listens: true })
  .key(r => r.key)
  .to(counted)
const engine = await startEngine({
  landscape: landscape({ name: 'members', systems: [ends], flows: [counting] }),
  store,
  claim: member,
  transport,
  host: realHost(),
  connectContext: ({ name }) => connectContext({ system: name }),
  onFatal: () => process.exit(5),
})
process.on('message', async (order: Order) => {
  if ('stop' in order) {
    await engine.stop(2_000)
    process.exit(0)
  }
  const { accept: n, key } = order
  const ok = await (await intake).accept([{ id: `id-${n}`, data: { n, key } }]).then(
    () => true,
    () => false,
  )
  tell({ accepted: n, ok })
})
tell({ ready: true })
