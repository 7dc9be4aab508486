import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Starts the server anew for every line of standard input, and prints its process id. When the input closes, as it does
 * too when the process that asked for all this is killed, it kills the server and what runs `beside` it, and deletes
 * the folder.
 */
const keeper = `
folder=$1; beside=$2; shift 2
if [ -n "$beside" ]; then $beside </dev/null >/dev/null 2>&1 & besides=$!; fi
while read -r line; do
  "$@" </dev/null >>"$folder/output" 2>&1 & server=$!
  echo $server
done
kill -KILL $server $besides 2>/dev/null
wait
cd / && rm -rf "$folder"`

/** A server that tests kill, over a folder of its own. */
export interface Killable {
  /** Starts it, again after `kill`. Resolves when it listens at the port; rejects with the end of its output. */
  start(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Ends it and all processes that it has started at once, as `kill -9` does. Resolves when they are gone. */
  kill(): Promise<void>
  /** Ends it for good and deletes the folder. */
  stop(): Promise<void>
}

export interface KillableOptions {
  readonly name: string
  readonly folder: string
  /** Of the loopback interface. */
  readonly port: number
  readonly command: readonly string[]
  /** A command that lives from now on until `stop`, through all kills. */
  readonly beside?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

export function killable({ name, folder, port, command, beside = '', env }: KillableOptions): Killable {
  const child = spawn('sh', ['-c', keeper, 'sh', folder, beside, ...command], {
    ...(env && { env }),
    cwd: folder,
    // Ctrl-C is for us; the keeper hears of it through its standard input.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let server = 0
  const stop = async () => {
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  }
  return {
    stop,
    async start() {
      child.stdin.write('start\n')
      server = Number(String((await once(child.stdout, 'data'))[0]))
      const deadline = performance.now() + 180_000
      while (performance.now() < deadline && isRunning(server)) {
        if (await listens(port)) return
        await delay(50)
      }
      const output = readFileSync(join(folder, 'output'), 'utf8').slice(-4000)
      await stop()
      throw new Error(`${name} did not start:\n${output}`)
    },
    signal: signal => void process.kill(server, signal),
    async kill() {
      const all = [server, ...startedBy(server)]
      for (const id of all) if (isRunning(id)) process.kill(id, 'SIGKILL')
      // Of several threads the first may be gone while the others still have its sockets.
      while (all.some(isRunning) || (await listens(port))) await delay(5)
    },
  }
}

/** Of servers that have a process for each session, those that serve. */
function startedBy(id: number): number[] {
  const children = readdirSync('/proc').filter(name => /^\d+$/.test(name) && parentOf(name) === id)
  return children.flatMap(child => [Number(child), ...startedBy(Number(child))])
}

function parentOf(id: string): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

/** A process that has ended is there until its parent has heard of it. */
function isRunning(id: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${id}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return answer
}
