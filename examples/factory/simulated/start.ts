import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A simulated system that runs in a process of its own. */
export interface Simulated {
  readonly url: string
  /** Kills it as a power cut would, and resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts examples/factory/NAME/main.ts and resolves when it listens; rejects with what it said if it ends before. */
export async function startSimulated(
  name: 'mes' | 'erp',
  args: Readonly<Record<string, string | number>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Simulated> {
  const program = fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url))
  const options = Object.entries(args).map(([option, value]) => `--${option}=${value}`)
  const child = fork(program, options, {
    env: { ...process.env, ...env },
    // A process group of its own: Ctrl-C is for us, who stop it in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const port = await listening(child)
  return {
    url: `http://127.0.0.1:${port}`,
    kill: async () => {
      const ended = once(child, 'exit')
      if (child.kill('SIGKILL')) await ended
    },
  }
}

async function listening(child: ChildProcess): Promise<number> {
  let said = ''
  child.stderr?.on('data', chunk => {
    said += chunk
  })
  const ended = once(child, 'close').then(() => {
    throw new Error(said.trim() || 'it ended before it listened')
  })
  const [message] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return (message as { port: number }).port
}

/** Sends JSON to a control address of a simulated system, or asks it; gives the JSON of the answer. */
export async function control<T>(url: string, body?: unknown): Promise<T> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
  return (await response.json()) as T
}
