import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
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
      const deadline = performance.now() + 180_000
      while (performance.now() < deadline) {
        if (child.exitCode !== null) throw new Error(`${name} did not start:\n${log}`)
        if (await answers().catch(() => false)) return
        await delay(50)
      }
      await stop()
      throw new Error(`${name} was not ready after 180 s:\n${log}`)
    },
  }
}

/**
 * One of the loopback interface that nobody uses or will be given: it is below those that the system gives to whoever asks
 * for any, and held, so that nobody else chooses it before a server listens at it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(11_000, 20_000)
    if ((await hold(port, '127.0.0.1')) && (await isFree(port))) return port
  }
}

/** Whether it is ours alone among those who ask, until this process ends. What is held is its UDP port, which nobody uses. */
export function hold(port: number, host: string): Promise<boolean> {
  return opens(createSocket('udp4').unref().bind(port, host))
}

/** Whether nobody listens there. */
export async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  if (!(await opens(probe))) return false
  probe.close()
  await once(probe, 'close')
  return true
}

function opens(socket: EventEmitter): Promise<boolean> {
  return once(socket, 'listening').then(
    () => true,
    () => false,
  )
}
