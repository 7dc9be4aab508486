import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { IsthmusError } from '../errors.ts'

/**
 * The world as the engine sees it: time, timers, randomness and the state of the machine. Everything else that does
 * I/O (store, connectors) is given to the engine as a value, so that under a simulated host it runs deterministically.
 */
export interface Host {
  /** Wall clock, milliseconds since 1970 UTC: for display, schedules and what is stored; never for durations. */
  now(): number
  /** Milliseconds that only grow: for durations. */
  monotonic(): number
  /** Calls back once, after at least `ms`. Gives the function that cancels. */
  after(ms: number, callback: () => void): () => void
  /** Calls back once the callbacks that are due now are done: what they collect goes together. */
  soon(callback: () => void): void
  /** 0 <= value < 1 */
  random(): number
  randomBytes(count: number): Uint8Array
  /** Bytes that can still be written where the store keeps its data; undefined where that cannot be told. */
  freeDisk(): Promise<number | undefined>
}

/** This machine. `directory` is where the store keeps its data, if it keeps them here. */
export function realHost(directory?: string): Host {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after,
    soon: callback => void setImmediate(callback),
    random: () => Math.random(),
    randomBytes: pooledBytes(),
    async freeDisk() {
      if (directory === undefined) return undefined
      const { bavail, bsize } = await statfs(directory)
      return bavail * bsize
    },
  }
}

/** Node calls back at once when it is asked for more. */
const longestTimer = 2 ** 31 - 1

/** `rest` may be any length; 25 days are waited for at a time. */
function after(rest: number, callback: () => void): () => void {
  const wait = (ms: number): NodeJS.Timeout =>
    ms <= longestTimer
      ? setTimeout(callback, ms)
      : setTimeout(() => {
          timer = wait(ms - longestTimer)
        }, longestTimer)
  let timer = wait(rest)
  return () => clearTimeout(timer)
}

/** Random bytes, drawn many at a time: one draw costs microseconds whatever its size. */
function pooledBytes(): Host['randomBytes'] {
  let pool = randomBytes(4096)
  let used = 0
  return count => {
    if (used + count > pool.byteLength) {
      pool = randomBytes(Math.max(4096, count))
      used = 0
    }
    used += count
    return pool.subarray(used - count, used)
  }
}

/**
 * The same host until `end`: from then on nothing is called back any more. Whoever waits for a store or a system that is
 * closed by then waits for nothing, and keeps no process alive.
 */
export function endingHost(host: Host): { readonly host: Host; end(): void } {
  const waiting = new Set<() => void>()
  let isOver = false
  const after: Host['after'] = (ms, callback) => {
    if (isOver) return () => {}
    const cancel = host.after(ms, () => {
      waiting.delete(forget)
      callback()
    })
    const forget = () => {
      waiting.delete(forget)
      cancel()
    }
    waiting.add(forget)
    return forget
  }
  const end = () => {
    isOver = true
    for (const forget of waiting) forget()
  }
  return { host: { ...host, after }, end }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(host: Host, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = host.after(ms, end)
    signal?.addEventListener('abort', end)
  })
}

/** Repeats what failed for a reason that passes, with growing pauses; rejects with any other error. */
export async function patiently<T>(host: Host, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof IsthmusError) || error.fate !== 'retry') throw error
      await sleep(host, backoff(host, tries, 50, 2_000))
    }
  }
}

/** The pause before attempt `attempt` + 1: doubling from `first` to `longest`, drawn between half and whole. */
export function backoff(host: Host, attempt: number, first: number, longest: number): number {
  const whole = Math.min(longest, first * 2 ** Math.min(attempt - 1, 30))
  return whole / 2 + (host.random() * whole) / 2
}
