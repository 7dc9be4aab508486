import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of the Linux kernel's clock in a second. Source: sysconf(_SC_CLK_TCK), 100 on every platform that Node runs on. */
const ticks = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  /** Of itself and of those children that have ended, in ticks. */
  readonly spent: number
}

/** Processor seconds so far of these processes and everything they have started. */
export function secondsOf(roots: readonly number[]): number {
  const all = processes()
  const children = Map.groupBy(all, ({ parent }) => parent)
  const known = new Map(all.map(stat => [stat.pid, stat]))
  const spent = (pid: number): number =>
    (children.get(pid) ?? []).reduce((sum, child) => sum + spent(child.pid), known.get(pid)?.spent ?? 0)
  return roots.reduce((sum, pid) => sum + spent(pid), 0) / ticks
}

/** Processes of this name that this one, or one that it has started, has started. */
export function startedHere(name: string): number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent)
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap(one => [one.pid, ...below(one.pid)])
  return below(process.pid).filter(pid => nameOf(pid) === name)
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return undefined
  }
}

export function parentOf(pid: number): number | undefined {
  return statOf(pid)?.parent
}

function processes(): Stat[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.flatMap(name => statOf(Number(name)) ?? [])
}

/** Undefined if it has ended meanwhile. Source: proc_pid_stat(5). */
function statOf(pid: number): Stat | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const [, parent] = fields
    const spent = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0)
    return { pid, parent: Number(parent), spent }
  } catch {
    return undefined
  }
}
