import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort, hold, isFree } from '../../scripts/servers/kept.ts'

/** A program in a process of its own, which ends with ours. */
export interface Running {
  /** Resolves when it has ended; with its exit code, or null if it was killed. */
  readonly ended: Promise<number | null>
  /** As a power cut would end it. */
  kill(): Promise<void>
  /** Lets it finish what it does. */
  stop(): Promise<number | null>
}

export interface Program {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where its output goes; lost if absent. */
  readonly log?: string | undefined
  /** Preloaded modules. */
  readonly imports?: readonly string[]
}

export function start({ file, args, env, log, imports = [] }: Program): Running & { child: ChildProcess } {
  const output = log === undefined ? 'ignore' : openSync(log, 'a')
  const child = fork(file, args, {
    env: { ...process.env, ...env },
    execArgv: imports.flatMap(url => ['--import', url]),
    // A process group of its own: Ctrl-C is for us, who stop it in order.
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  })
  if (typeof output === 'number') closeSync(output)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return await ended
  }
  return { child, ended, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
}

export type Simulated = Running & { readonly url: string }

/** Starts examples/factory/NAME/main.ts and resolves when it listens. */
export async function startSimulated(
  name: 'mes' | 'erp' | 'crm' | 'hrm' | 'partners',
  options: Readonly<Record<string, string | number>>,
  more: Pick<Program, 'env' | 'log'> = {},
): Promise<Simulated> {
  const file = fileURLToPath(new URL(`./${name}/main.ts`, import.meta.url))
  const args = Object.entries(options).map(([option, value]) => `--${option}=${value}`)
  const { child, ...running } = start({ ...more, file, args })
  const ended = running.ended.then(code => {
    throw new Error(
      `The simulated ${name} ended with code ${code} before it listened; see ${more.log ?? 'its log'}.`,
    )
  })
  const [message] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return { ...running, url: `http://127.0.0.1:${message.port}` }
}

/**
 * These ports if they are free, else others, for as long as this process lives: where another process asked in the same
 * way, all are moved on by as much as is needed. That they are taken is told by the port behind the last one, which is held.
 */
export async function takePorts<T extends string>(
  wanted: Readonly<Record<T, number>>,
): Promise<Record<T, number>> {
  const block = 10
  const names = Object.keys(wanted) as T[]
  const sign = Math.max(...names.map(name => wanted[name])) + 1
  let by = 0
  while (!(await hold(sign + by, '127.0.0.1'))) by += block
  const taken: Record<T, number> = { ...wanted }
  for (const name of names) {
    const port = wanted[name] + by
    taken[name] = (await isFree(port)) ? port : await freePort()
  }
  return taken
}

/** Sends JSON, or asks for it. Rejects where nobody answers with 2xx in time. */
export async function ask<T>(url: string, body?: unknown, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
