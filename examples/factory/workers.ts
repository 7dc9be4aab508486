import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existingStoreAt, type StorePlace } from '../../src/server/open-store.ts'
import { leaseTime } from '../../src/store/members.ts'

/** A process that works beside the engine, and how many partitions of the keys it holds. */
export interface FactoryWorker {
  readonly pid: number
  readonly partitions: number
}

/** How the work is shared out. */
export interface Workforce {
  readonly workers: readonly FactoryWorker[]
  /** Who holds each partition; free ones are not in it. */
  readonly holders: ReadonlyMap<string, string>
}

/** Those that have shown a sign of life, by what the store says: the engine may be down. */
export async function workforceOf(place: StorePlace): Promise<Workforce> {
  const store = existingStoreAt(place)
  try {
    const { members, leases } = await store.read.standing()
    const holders = new Map(
      leases.flatMap(({ name, holder }) =>
        holder !== undefined && name.startsWith('partition/') ? [[name, holder] as const] : [],
      ),
    )
    const held = Map.groupBy(holders.values(), holder => holder)
    const workers = members
      .filter(({ roles, silent }) => roles.join() === 'worker' && silent <= leaseTime)
      .map(({ id, name }) => ({
        pid: Number(/\bpid (\d+)\b/.exec(name)?.[1]),
        partitions: held.get(id)?.length ?? 0,
      }))
    return { workers, holders }
  } finally {
    await store.close()
  }
}

/** Whether there was somebody to kill. */
export function killWorker({ pid }: FactoryWorker): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Stops a worker for so many seconds and lets it go on, also when this process dies meanwhile. Whether it was there. */
export async function pauseWorker({ pid }: FactoryWorker, seconds: number): Promise<boolean> {
  const script = `kill -STOP ${pid} && { sleep ${seconds}; kill -CONT ${pid}; true; }`
  const [code] = await once(spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' }), 'exit')
  return code === 0
}
