import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Status } from '../../src/server/operations/schemas.ts'
import { until } from '../check/processes.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** Commands are short: most of their time would go into compiling. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))
export const ordersLandscape = fileURLToPath(new URL('./orders', import.meta.url))

export const canary = 'canary-5d41402abc4b2a76b9719d911017c592'

export interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A data directory, an inbox and a target for the landscape of orders/, and what runs on them. */
export class Scene {
  readonly folder: string
  readonly data: string
  readonly env: NodeJS.ProcessEnv
  readonly #inbox: string
  readonly #target: string
  readonly #children: ChildProcess[] = []
  #deliveries = 0

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'isthmus-cli-'))
    this.data = join(this.folder, 'data')
    this.#inbox = join(this.folder, 'inbox')
    this.#target = join(this.folder, 'target.jsonl')
    mkdirSync(this.#inbox)
    const { ISTHMUS_STORE: _store, ISTHMUS_TOKEN: _token, FORCE_COLOR: _colour, ...env } = process.env
    this.env = {
      ...env,
      ISTHMUS_DATA: this.data,
      INBOX: this.#inbox,
      TARGET: this.#target,
      TARGET_TOKEN: canary,
      PORT: '0',
      ISTHMUS_LOG: 'json',
      NODE_COMPILE_CACHE: compileCache,
    }
    t.after(async () => {
      for (const child of this.#children) child.kill('SIGKILL')
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  /** One file with so many orders: number and what the target shall do, of the customer Wang Xiaoming. */
  deliver(orders: Readonly<Record<string, string>>): void {
    const lines = Object.entries(orders).map(([no, ask]) =>
      JSON.stringify({ no, customer: 'Wang Xiaoming', ask }),
    )
    const name = `${++this.#deliveries}.jsonl`
    writeFileSync(join(this.folder, name), `${lines.join('\n')}\n`)
    renameSync(join(this.folder, name), join(this.#inbox, name))
  }

  /** Lets the orders that wait be booked. */
  letGo(): void {
    writeFileSync(`${this.#target}.go`, '')
  }

  /** An order waits at the target. */
  isWaiting(): boolean {
    return existsSync(`${this.#target}.waiting`)
  }

  /** Numbers of the orders that the target has booked. */
  booked(): string[] {
    if (!existsSync(this.#target)) return []
    const lines = readFileSync(this.#target, 'utf8').trim().split('\n')
    return lines.map(line => JSON.parse(line).order)
  }

  spawn(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#children.push(child)
    return new Running(child)
  }

  /** Runs a command to its end. */
  async run(
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; input?: string } = {},
  ): Promise<Finished> {
    const running = this.spawn(args, options.env)
    running.child.stdin?.end(options.input ?? '')
    const code = await running.ended
    return { code, out: running.out, err: running.err }
  }

  /** The answer in JSON of a command about this scene. */
  async ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, out, err } = await this.run([
      ...args,
      '--json',
      ...(needsLandscape(args) ? ['-l', ordersLandscape] : []),
    ])
    if (out === '') throw new Error(`isthmus ${args.join(' ')} ended with ${code}: ${err}`)
    return JSON.parse(out)
  }

  async start(env: NodeJS.ProcessEnv = {}): Promise<Running> {
    const running = this.spawn(['start', ordersLandscape], env)
    await until(() => running.out.includes('"event":"started"') || running.child.exitCode !== null)
    if (running.child.exitCode !== null) throw new Error(`it did not start: ${running.out}${running.err}`)
    return running
  }

  /** Waits until so many messages have ended, by what the instance that runs says itself. */
  async ended(count: number): Promise<void> {
    const { token, running } = this.control()
    const headers = { authorization: `Bearer ${token}` }
    await until(async () => {
      const answer = await fetch(`${running?.url}/api/v1/status`, { headers })
      return ((await answer.json()) as Status).flows[0]?.ended === count
    })
  }

  control(): { readonly token: string; readonly running?: { readonly url: string } } {
    return JSON.parse(readFileSync(join(this.data, 'control.json'), 'utf8'))
  }
}

function needsLandscape([command]: readonly string[]): boolean {
  return command === 'trace' || command === 'parked' || command === 'replay'
}

export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  out = ''
  err = ''

  constructor(child: ChildProcess) {
    this.child = child
    this.ended = once(child, 'close').then(([code]) => code)
    child.stdout?.setEncoding('utf8').on('data', chunk => {
      this.out += chunk
    })
    child.stderr?.setEncoding('utf8').on('data', chunk => {
      this.err += chunk
    })
  }

  /** The entries of a JSON log. */
  log(event: string): Record<string, unknown>[] {
    // Of the last line only a part may have come.
    const whole = this.out.slice(0, this.out.lastIndexOf('\n') + 1)
    const lines = whole.split('\n').filter(line => line.startsWith('{'))
    return lines.map(line => JSON.parse(line)).filter(entry => entry.event === event)
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return this.ended
  }
}
