import { readdir, readFile } from 'node:fs/promises'

/**
 * Bytes of memory of a process and all that it has started, resident, pages that several of them share counted once. 0 if
 * it is gone. Linux only.
 */
export async function memoryOf(pid: number): Promise<number> {
  const children = await descendantsOf(pid)
  if (children.length === 0) return bytesIn(`/proc/${pid}/status`, /^VmRSS:\s*(\d+) kB$/m)
  // Dearer to be told, and needed only where pages may be shared.
  const shares = [pid, ...children].map(each => bytesIn(`/proc/${each}/smaps_rollup`, /^Pss:\s*(\d+) kB$/m))
  return (await Promise.all(shares)).reduce((sum, share) => sum + share, 0)
}

async function descendantsOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = threads.map(each => readFile(`/proc/${pid}/task/${each}/children`, 'utf8').catch(() => ''))
  const children = (await Promise.all(lists)).join(' ').split(/\s+/).filter(Boolean).map(Number)
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()]
}

async function bytesIn(file: string, pattern: RegExp): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return Number(pattern.exec(text)?.[1] ?? 0) * 1024
}
