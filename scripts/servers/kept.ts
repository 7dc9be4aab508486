import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Stops the server and deletes its folder when standard input closes: that happens too when the process that asked for
 * it is killed. `wait` returns early when the server ends by itself. What the shell says of a server that a signal ended
 * must go nowhere: who would read it may be gone, and the shell would end before it has deleted the folder.
 */
const keeper = `
folder=$1; signal=$2; shift 2
exec 3<&0
"$@" 3<&- & server=$!
{ cat <&3 >/dev/null; kill -$signal $server; } 2>/dev/null &
wait $server 2>/dev/null
cd / && rm -rf "$folder"`

export interface Kept {
  /** Resolves when the server answers; rejects with the end of its log when it has ended, or does not answer in time. */
  ready(name: string, answers: () => Promise<unknown>): Promise<void>
  /** Stops it and deletes its folder. */
  stop(): Promise<void>
}

/** Who a server runs as, and what it sees of our environment. */
export interface KeptOptions {
  readonly uid?: number
  readonly gid?: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Runs a server in its folder. `signal` is what ends it. */
export function keep(
  folder: string,
  signal: 'INT' | 'TERM',
  server: readonly string[],
  options: KeptOptions = {},
): Kept {
  const child: ChildProcess = spawn('sh', ['-c', keeper, 'sh', folder, signal, ...server], {
    ...options,
    cwd: folder,
    // Ctrl-C is for us; the keeper hears of it through its standard input.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr?.on('data', chunk => {
    log = (log + chunk).slice(-4000)
  })
  const stop = async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.stdin?.end()
    await ended
  }
  return {
    stop,
    async ready(name, answers) {
      const deadline = performance.now() + 300_000
      while (performance.now() < deadline) {
        if (child.exitCode !== null) throw new Error(`${name} did not start:\n${log}`)
        if (await answers().catch(() => false)) return
        await delay(50)
      }
      await stop()
      throw new Error(`${name} was not ready after 300 s:\n${log}`)
    },
  }
}

/** Given by this process. */
const given = new Set<number>()

/**
 * One of the loopback interface that nobody uses at this moment. It is below those that the system gives to whoever
 * connects, or listens on any: whoever is to listen on it may take its time.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    // Browsers and `fetch` refuse 10080, among others below it.
    const port = randomInt(11_000, 32_768)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

/** Whether nobody listens there. */
export async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  const isListening = await once(probe, 'listening').then(
    () => true,
    () => false,
  )
  probe.close()
  if (isListening) await once(probe, 'close')
  return isListening
}
