import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { unprivilegedOwner } from '../../scripts/servers/postgres.ts'
import { type Cluster, makeCluster } from '../recovery/postgres-cluster.ts'
import { query } from '../recovery/postgres-fixture.ts'
import { Member } from './member.ts'
import { makeNetwork, type Network } from './namespaces.ts'

/** A PostgreSQL with a store and, in another database, the target; members reach it over a network of their own. */
export interface World {
  readonly members: readonly Member[]
  readonly intake: Member
  readonly workers: readonly Member[]
  readonly database: Cluster
  readonly folder: string
  /** Files here are read by whoever holds the source. */
  readonly tray: string
  /** As members are given it; `ours`: for this process. */
  readonly storeUrl: { readonly theirs: string; readonly ours: string }
  store(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  target(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
}

interface Wanted {
  readonly workers?: number
  readonly environment?: Readonly<Record<string, string>>
  /** For the worker of this number. */
  environmentOf?(worker: number): Readonly<Record<string, string>>
}

/** Nothing is started yet but the database. */
export async function makeWorld(
  t: { after(work: () => unknown): void },
  { workers: count = 3, environment = {}, environmentOf = () => ({}) }: Wanted = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-world-'))
  const network = makeNetwork()
  const database = await openDatabase(network, folder)
  const port = Number(new URL(database.url).port)
  const at = (host: string, name: string) => `postgres://isthmus@${host}:${port}/${name}`
  const theirs = `${at(network.address, 'store')}?schema=cluster`
  const tray = join(folder, 'tray')
  mkdirSync(tray)
  const shared = {
    TRAY: tray,
    ISTHMUS_STORE: theirs,
    ORDERS_DB: at(network.address, 'target'),
    ...environment,
  }
  const member = (role: string, own: Readonly<Record<string, string>> = {}) =>
    new Member({ place: network.add(), role, port, folder, environment: { ...shared, ...own } })
  const intake = member('intake')
  const workers = Array.from({ length: count }, (_, n) => member('worker,scheduler', environmentOf(n)))
  const members = [intake, ...workers]
  t.after(async () => {
    await Promise.all(members.map(each => each.kill('stay')))
    await database.destroy()
    network.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    ...{ members, intake, workers, database, folder, tray },
    storeUrl: { theirs, ours: `${at('127.0.0.1', 'store')}?schema=cluster` },
    store: (text, values) => query(text, values, at('127.0.0.1', 'store')),
    target: (text, values) => query(text, values, at('127.0.0.1', 'target')),
  }
}

async function openDatabase(network: Network, folder: string): Promise<Cluster> {
  const access = join(folder, 'pg_hba.conf')
  writeFileSync(access, `host all all 127.0.0.1/32 trust\nhost all all ${network.subnet} trust\n`)
  const user = unprivilegedOwner()
  if (user) for (const path of [folder, access]) chownSync(path, user.uid, user.gid)
  const database = await makeCluster({
    listen_addresses: `127.0.0.1,${network.address}`,
    hba_file: access,
    max_connections: '200',
  })
  await database.start()
  for (const name of ['store', 'target']) await query(`create database ${name}`, [], database.url)
  return database
}

/** Waits until it is so; gives up after five minutes. Gives how many milliseconds it took. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<number> {
  const began = performance.now()
  while (!(await isSo())) {
    if (performance.now() > began + 300_000) throw new Error(`it did not come about: ${what}`)
    await pause(50)
  }
  return performance.now() - began
}

/** How many partitions each member holds, by the number in its process's name. */
export async function held({ store }: Pick<World, 'store'>): Promise<ReadonlyMap<number, number>> {
  const rows = await store(`
    select m.name, count(*)::int as count from cluster.leases l join cluster.members m on m.id = l.holder
    where l.name like 'partition/%' and m.expires > clock_timestamp() group by m.name`)
  return new Map(rows.map(({ name, count }) => [Number(/pid (\d+)/.exec(String(name))?.[1]), Number(count)]))
}

/** Waits until all that runs shares the partitions out. */
export async function settled(world: World): Promise<void> {
  await until('all workers hold partitions', async () => {
    const shares = await held(world)
    const all = world.workers.map(({ pid }) => shares.get(pid) ?? 0)
    return all.every(count => count > 0) && all.reduce((sum, count) => sum + count, 0) === 16
  })
}
